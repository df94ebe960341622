// What judge and runner say to each other: one fixed-size datagram each, copied once and checked
// before use, because the runner's side may be hostile.
//
//   judge -> runner            runner -> judge
//                              ready      (once; samples[0] = null call in ms)
//   load       + fd (entry)    loaded     (descriptor) | refused (text)
//   shapes     (tensors)       workspace  (a = bytes)  | done (status, text)
//   lend       + fd            done
//   prepare                    done
//   run        (a = set)       done
//   time       (a = first set,
//               b = samples)   samples    | done (status, text)
//   release                    done
#pragma once

#include <cstdint>

namespace fihost::device {

constexpr std::uint32_t message_magic = 0x4d534846;  // "FHSM"
constexpr std::uint32_t max_tensors = 40;            ///< inputs and outputs of a definition
constexpr std::uint32_t max_rank = 8;
constexpr std::uint32_t max_samples = 480;  ///< of one block
constexpr std::uint32_t max_sets = 16;
constexpr std::uint32_t workspace_slot = 0xffffffff;

enum class MessageKind : std::uint32_t {
  ready = 1,
  load,
  loaded,
  refused,
  shapes,
  workspace,
  lend,
  prepare,
  run,
  time,
  samples,
  release,
  done
};

struct TensorShape {
  std::uint8_t code, bits;
  std::uint8_t scalar;  ///< 1: `extent[0]` holds the value's bytes
  std::uint8_t output;  ///< 1: an output
  std::int32_t rank;
  std::int64_t extent[max_rank];
};

struct DescriptorText {
  char name[192];
  char definition[256];
  char arch[32];
  std::int32_t role;
  std::int32_t device_type;
  std::uint32_t flags;
  std::uint32_t has_arch;
};

/// How to call the object of a load request that is not one of fihost's own; all zero: it is.
struct TvmFfiText {
  char function[256];
  char runtime[3200];  ///< a path
};

struct Message {
  std::uint32_t magic = message_magic;
  MessageKind kind = MessageKind::done;
  std::uint64_t sequence = 0;  ///< a reply repeats its request's
  std::int32_t status = 0;     ///< fihost_status of the candidate's function
  std::uint32_t count = 0;     ///< tensors or samples in the payload
  std::uint32_t waited = 0;    ///< samples: calls that waited for the device
  std::uint32_t fault = 0;     ///< done: the device is lost, `text` says how
  std::uint64_t a = 0, b = 0, c = 0;
  union {
    char text[3968];
    TensorShape tensors[max_tensors];
    double samples[max_samples];
    DescriptorText descriptor;
    TvmFfiText tvm_ffi;
  };
  Message() : text{} {}
};
static_assert(sizeof(Message) == 4024, "the wire form is fixed");

}  // namespace fihost::device
