/* net/checksum.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The checksum of the Internet protocols (RFC 1071): the one's complement
 * of the one's complement sum of all 16-bit words.
 *
 * That sum does not depend on the width of the words it is made of, if the
 * carries are added back at the end, nor on the order of bytes in a word, if
 * the result is stored in the same order.  So it is made of words as the
 * machine has them: 32 bits at a time, each added to 64 bits, in which the
 * carries pile up: 2^32 additions until one is lost.  Vectors of four such
 * sums are written as the compiler's own type, which any machine has: where
 * there are no registers of that width it makes several additions of one.
 *
 * Copying and adding up is one pass: the bytes are stored from the register
 * in which they are added.
 *
 * The same loop is compiled twice on x86-64: once for all of them, and once
 * for those that have registers of that width (AVX2), of which long pieces
 * make use.
 */

#include <nuttx/config.h>

#include <string.h>

#include "net.h"

typedef uint64_t vec_t __attribute__((vector_size(32)));

#define BLOCK 64                     /* Bytes in one turn */

#ifdef __x86_64__
#  define WIDE      __attribute__((target("avx2")))
#  define HAVE_WIDE (__builtin_cpu_supports("avx2") != 0)
#else
#  define WIDE
#  define HAVE_WIDE false
#endif

/* Folded to 32 bits */

static inline uint32_t fold64(uint64_t sum)
{
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffffffu) + (sum >> 32);
  return (uint32_t)sum;
}

/* The sum of whole blocks, which are copied as well if that is asked for:
 * the compiler knows, and for which registers, in each function that calls
 * this.
 */

static inline_function uint64_t blocks(uint8_t *to, const uint8_t *p,
                                       size_t len, bool copy)
{
  vec_t s0 = {0};
  vec_t s1 = s0;
  vec_t s2 = s0;
  vec_t s3 = s0;
  vec_t a;
  vec_t b;

  for (; len >= BLOCK; len -= BLOCK, p += BLOCK)
    {
      memcpy(&a, p, sizeof(a));
      memcpy(&b, p + sizeof(a), sizeof(b));
      if (copy)
        {
          memcpy(to, &a, sizeof(a));
          memcpy(to + sizeof(a), &b, sizeof(b));
          to += BLOCK;
        }

      s0 += a & 0xffffffffu;
      s1 += a >> 32;
      s2 += b & 0xffffffffu;
      s3 += b >> 32;
    }

  s0 += s1;
  s2 += s3;
  s0 += s2;
  return s0[0] + s0[1] + s0[2] + s0[3];
}

WIDE static uint64_t sum_wide(const uint8_t *p, size_t len)
{
  return blocks(NULL, p, len, false);
}

WIDE static uint64_t copy_wide(uint8_t *to, const uint8_t *p, size_t len)
{
  return blocks(to, p, len, true);
}

static uint64_t sum_blocks(const uint8_t *p, size_t len)
{
  return HAVE_WIDE ? sum_wide(p, len) : blocks(NULL, p, len, false);
}

static uint64_t copy_blocks(uint8_t *to, const uint8_t *p, size_t len)
{
  return HAVE_WIDE ? copy_wide(to, p, len) : blocks(to, p, len, true);
}

/* The sum of less than a block; the last odd byte as if a zero followed */

static uint64_t sum_rest(const uint8_t *p, size_t len)
{
  uint64_t sum = 0;
  uint64_t two;
  uint32_t word;
  uint16_t half;

  for (; len >= 8; len -= 8, p += 8)
    {
      memcpy(&two, p, 8);
      sum += (two & 0xffffffffu) + (two >> 32);
    }

  if (len >= 4)
    {
      memcpy(&word, p, 4);
      sum += word;
      p   += 4;
      len -= 4;
    }

  if (len >= 2)
    {
      memcpy(&half, p, 2);
      sum += half;
      p   += 2;
      len -= 2;
    }

  if (len > 0)
    {
      half = 0;
      memcpy(&half, p, 1);
      sum += half;
    }

  return sum;
}

uint32_t net_csum(const void *data, size_t len, uint32_t sum)
{
  const uint8_t *p = data;
  size_t whole = len & ~(size_t)(BLOCK - 1);

  return len < BLOCK ? fold64(sum_rest(p, len) + sum) :
         fold64(sum_blocks(p, whole) +
                sum_rest(p + whole, len - whole) + sum);
}

uint32_t net_csum_copy(void *dst, const void *src, size_t len)
{
  const uint8_t *from = src;
  uint8_t *to = dst;
  size_t whole = len & ~(size_t)(BLOCK - 1);
  uint64_t sum = copy_blocks(to, from, whole);

  if (len > whole)
    {
      memcpy(to + whole, from + whole, len - whole);
      sum += sum_rest(from + whole, len - whole);
    }

  return fold64(sum);
}

uint32_t net_csum_iob(const struct iob_s *iob, unsigned int offset,
                      unsigned int len, uint32_t sum)
{
  unsigned int done = 0;

  for (; iob != NULL && done < len; iob = iob->io_flink)
    {
      unsigned int n;

      if (offset >= iob->io_len)
        {
          offset -= iob->io_len;
          continue;
        }

      n      = iob->io_len - offset;
      n      = n < len - done ? n : len - done;
      sum    = net_csum_add(sum, net_csum(IOB_DATA(iob) + offset, n, 0),
                            done);
      done  += n;
      offset = 0;
    }

  return sum;
}
