/* fihost/abi.h - what the candidate ABI and the plugin ABI share. C11 and C++20, no dependencies.
 *
 * Evolution: every table starts with fihost_header. Fields are only ever appended; struct_size says
 * how many bytes the producer knew about. A reader touches a field only if FIHOST_HAS() it, and a
 * missing field means "zero". A change that cannot be an append is a new entry symbol (_v2).
 */
#ifndef FIHOST_ABI_H
#define FIHOST_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FIHOST_EXTERN_C_BEGIN extern "C" {
#define FIHOST_EXTERN_C_END }
#define FIHOST_NOEXCEPT noexcept /* part of the type: a throwing function does not compile here */
#else
#define FIHOST_EXTERN_C_BEGIN
#define FIHOST_EXTERN_C_END
#define FIHOST_NOEXCEPT
#endif
#define FIHOST_EXPORT __attribute__((visibility("default")))

FIHOST_EXTERN_C_BEGIN

#define FIHOST_MAGIC 0x54534846u /* "FHST" */
#define FIHOST_ABI_VERSION 1u    /* equals the suffix of the entry symbols */

/* First member of every table. Reserved flag bits are 0; a reader refuses bits it does not know. */
typedef struct fihost_header {
  uint32_t magic;       /* FIHOST_MAGIC */
  uint32_t abi_version; /* FIHOST_ABI_VERSION */
  uint32_t struct_size; /* sizeof the whole table, in bytes, as the producer compiled it */
  uint32_t flags;       /* FIHOST_*_FLAG bits, meaning given by the table */
} fihost_header;

#define FIHOST_HEADER(type, flags) \
  { FIHOST_MAGIC, FIHOST_ABI_VERSION, (uint32_t)sizeof(type), (flags) }
#define FIHOST_HAS(table, field)                                          \
  ((size_t)((const char*)(&(table)->field + 1) - (const char*)(table)) <= \
   (table)->header.struct_size)

/* Result of every call. Numbers are frozen; the host turns an unknown one into INTERNAL. */
typedef int32_t fihost_status;
enum {
  FIHOST_OK = 0,
  FIHOST_INVALID_ARGUMENT = 1, /* the caller broke the contract */
  FIHOST_UNSUPPORTED = 2,      /* shape, dtype, arch or op not handled; not a bug */
  FIHOST_OUT_OF_MEMORY = 3,
  FIHOST_CANCELLED = 4,
  FIHOST_DEVICE_ERROR = 5, /* a CUDA call failed; the process that made it is discarded */
  FIHOST_INTERNAL = 6
};

/* UTF-8 bytes, not NUL-terminated, borrowed for the duration of the call that carries them. */
typedef struct fihost_text {
  const char* data;
  size_t size;
} fihost_text;

/* Host-owned writer: the callee appends bytes, so no allocation ever crosses the boundary.
 * write never fails and never throws. A sink is valid until the call it was passed to returns. */
typedef struct fihost_sink {
  void* impl;
  void (*write)(void* impl, fihost_text text) FIHOST_NOEXCEPT;
} fihost_sink;

FIHOST_EXTERN_C_END
#endif
