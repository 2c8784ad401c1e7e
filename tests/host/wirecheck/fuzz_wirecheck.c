/* tests/host/wirecheck/fuzz_wirecheck.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The fuzz target over the checker: whatever is in a file, reading it ends,
 * within its memory, with a verdict or a refusal, and the verdict fits what
 * was found.  A second pcap header in the input begins a second capture, of
 * the other side of a network; the last byte chooses options.  Checksums are
 * put right, unless it says otherwise: nearly all that is changed would be
 * dropped by the first rule.  The inputs to begin with are in seeds/: the
 * captures of the tests that are short.
 */

#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "wirecheck.h"

#define HEADER     24
#define RECORD     16
#define ETHER      14
#define OFFLOAD    1
#define NEAR       2
#define STANDARD   4                /* The MTU of Ethernet */
#define AS_IT_IS   8                /* The checksums */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Checksums ****************************************************************/

static void put_sum(uint8_t *at, const uint8_t *data, size_t len,
                    uint32_t sum)
{
  uint16_t value;

  memset(at, 0, 2);
  value = (uint16_t)~wc_fold(wc_sum(data, len, sum));
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void repair_packet(uint8_t *p, size_t len)
{
  size_t hlen = (p[0] & 15) * 4u;
  size_t total = wc_16(p + 2);
  struct wc_pkt_s pkt;
  size_t at;

  total = total < len ? total : len;
  if (hlen < 20 || hlen > total)
    {
      return;
    }

  put_sum(p + 10, p, hlen, 0);
  at = p[9] == IPPROTO_TCP ? 16 : p[9] == IPPROTO_UDP ? 6 : 2;
  if (total - hlen < at + 2)
    {
      return;
    }

  memset(&pkt, 0, sizeof(pkt));
  wc_addr4(&pkt.src, p + 12);
  wc_addr4(&pkt.dst, p + 16);
  pkt.proto = p[9];
  pkt.l4len = (uint32_t)(total - hlen);
  put_sum(p + hlen + at, p + hlen, total - hlen,
          at == 2 ? 0 : wc_pseudo(&pkt));
}

/* All frames of a pcap file, in the order of bytes of this machine */

static void repair(uint8_t *data, size_t size)
{
  size_t at = HEADER;
  uint32_t len;

  while (at + RECORD < size)
    {
      memcpy(&len, data + at + 8, 4);
      at += RECORD;
      if (len > size - at)
        {
          return;
        }

      if (len >= ETHER + 20 && wc_16(data + at + 12) == WC_ETH_IPV4)
        {
          repair_packet(data + at + ETHER, len - ETHER);
        }

      at += len;
    }
}

/* Two captures may be one behind the other */

static unsigned int divide(struct wc_memory_s *memory, uint8_t *data,
                           size_t size)
{
  uint8_t *second = NULL;

  if (size > HEADER + 4)
    {
      second = memmem(data + HEADER, size - HEADER, data, 4);
    }

  memory[0].data = data;
  memory[0].size = second != NULL ? (size_t)(second - data) : size;
  if (second == NULL)
    {
      return 1;
    }

  memory[1].data = second;
  memory[1].size = size - memory[0].size;
  return 2;
}

static void choose(struct wc_options_s *opt, uint8_t options)
{
  opt->rto_min_ms  = 200;
  opt->segments    = 4;
  opt->quiet       = true;
  opt->file[0]     = "one";
  opt->file[1]     = "two";
  opt->offload_all = (options & OFFLOAD) != 0;
  opt->mtu         = (options & STANDARD) != 0 ? 1500 : 0;
  if ((options & NEAR) != 0)
    {
      static const uint8_t a[4] =
      {
        10, 0, 0, 1
      };

      static const uint8_t b[4] =
      {
        10, 0, 0, 2
      };

      wc_addr4(&opt->near[opt->nnear++], a);
      wc_addr4(&opt->near[opt->nnear++], b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wc_memory_s memory[WC_MAXFILES];
  struct wc_options_s opt;
  unsigned int i;
  uint8_t *copy;
  struct wc_s *w;
  int status;

  if (size == 0)
    {
      return 0;
    }

  copy = wc_alloc(NULL, size);
  memcpy(copy, data, size);
  memset(&opt, 0, sizeof(opt));
  choose(&opt, data[size - 1]);
  opt.nfiles = divide(memory, copy, size);
  opt.memory = memory;
  for (i = 0; i < opt.nfiles && (data[size - 1] & AS_IT_IS) == 0; i++)
    {
      repair((uint8_t *)(uintptr_t)memory[i].data, memory[i].size);
    }

  w = wc_new(&opt);
  if (wc_read(w) == 0)
    {
      status = wc_verdict(w);
      if ((status == WC_FINDINGS) != (w->total > 0) ||
          (status == WC_CLEAN && w->nreasons > 0) ||
          wc_json(w, status, "/dev/null") != 0)
        {
          abort();
        }
    }

  wc_free(w);
  free(copy);
  return 0;
}
