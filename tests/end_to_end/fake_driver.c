/* libcuda.so.1 of an old driver, as far as the CUDA runtime asks before it gives up. */
int cuDriverGetVersion(int* version);
int cuInit(unsigned int flags);

int cuDriverGetVersion(int* version) {
  *version = 11040;
  return 0;
}

int cuInit(unsigned int flags) {
  (void)flags;
  return 0;
}
