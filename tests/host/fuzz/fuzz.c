/* tests/host/fuzz/fuzz.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See fuzz.h.  With gcc, which has no libFuzzer, or with FUZZ_REPLAY, there
 * is a main() that runs inputs from files.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <nuttx/net/net.h>

#include "../net/tcp_script.h"
#include "fuzz.h"

#define ETH      14
#define IPV4     20
#define MAXFRAME 66000

struct wire_s *g_fuzz_wire;
struct socket *g_fuzz_socket[FUZZ_SOCKETS];

static const uint8_t *g_input;
static size_t g_left;
static uint8_t g_frame[MAXFRAME];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input ****************************************************************/

bool fuzz_more(void)
{
  return g_left > 0;
}

uint8_t fuzz_8(void)
{
  if (g_left == 0)
    {
      return 0;
    }

  g_left--;
  return *g_input++;
}

uint16_t fuzz_16(void)
{
  uint16_t high = fuzz_8();

  return (uint16_t)(high << 8 | fuzz_8());
}

uint32_t fuzz_32(void)
{
  uint32_t high = fuzz_16();

  return high << 16 | fuzz_16();
}

unsigned int fuzz_bytes(void *buf, unsigned int n)
{
  n = n < g_left ? n : (unsigned int)g_left;
  memcpy(buf, g_input, n);
  g_input += n;
  g_left  -= n;
  return n;
}

/* Frames *******************************************************************/

static uint32_t sum_of(const uint8_t *p, unsigned int len, uint32_t sum)
{
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    }

  while (sum >> 16 != 0)
    {
      sum = (sum & 0xffff) + (sum >> 16);
    }

  return sum;
}

static void put_sum(uint8_t *p, uint32_t sum)
{
  p[0] = (uint8_t)(~sum >> 8);
  p[1] = (uint8_t)~sum;
}

/* The checksum of what is behind the header, if it is whole */

static void fix_transport(uint8_t *ip, unsigned int hlen, unsigned int len)
{
  static const struct
  {
    uint8_t proto;
    uint8_t min;
    uint8_t offset;
    bool pseudo;
  } kinds[] =
  {
    {IPPROTO_TCP, 20, 16, true}, {IPPROTO_UDP, 8, 6, true},
    {IPPROTO_ICMP, 8, 2, false}, {IPPROTO_IGMP, 8, 2, false},
  };

  unsigned int i;

  for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
      uint32_t sum = 0;

      if (ip[9] != kinds[i].proto || len < kinds[i].min ||
          (ip[6] & 0x3f) != 0 || ip[7] != 0)
        {
          continue;
        }

      if (kinds[i].pseudo)
        {
          sum = sum_of(ip + 12, 8, kinds[i].proto + len);
        }

      memset(ip + hlen + kinds[i].offset, 0, 2);
      put_sum(ip + hlen + kinds[i].offset, sum_of(ip + hlen, len, sum));
    }
}

void fuzz_frame(uint8_t *frame, unsigned int len)
{
  uint8_t *ip = frame + ETH;
  unsigned int hlen;
  unsigned int total;

  if (len >= ETH + IPV4 && frame[12] == 8 && frame[13] == 0)
    {
      hlen  = (ip[0] & 15) * 4u;
      total = (unsigned int)ip[2] << 8 | ip[3];
      if (hlen >= IPV4 && hlen <= total && total <= len - ETH)
        {
          fix_transport(ip, hlen, total - hlen);
          memset(ip + 10, 0, 2);
          put_sum(ip + 10, sum_of(ip, hlen, 0));
        }
    }

  wire_rx(g_fuzz_wire, frame, len);
}

void fuzz_ipv4(unsigned int host, uint8_t proto, uint16_t id, uint16_t frag,
               const uint8_t *opt, unsigned int optlen, uint8_t *data,
               unsigned int len)
{
  const uint8_t head[ETH + IPV4] =
  {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, (uint8_t)host, 8, 0,
    (uint8_t)(0x45 + optlen / 4), 0,
    (uint8_t)((IPV4 + optlen + len) >> 8), (uint8_t)(IPV4 + optlen + len),
    (uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(frag >> 8), (uint8_t)frag,
    64, proto, 0, 0, 10, 0, 0, (uint8_t)host, 10, 0, 0, 1
  };

  memcpy(g_frame, head, sizeof(head));
  memcpy(g_frame + sizeof(head), opt, optlen);
  memcpy(g_frame + sizeof(head) + optlen, data, len);
  fuzz_frame(g_frame, ETH + IPV4 + optlen + len);
}

/* Calls ********************************************************************/

static void any_name(struct sockaddr_in *sin)
{
  static const uint32_t some[] =
  {
    0x7f000001, 0x0a000001, 0x0a000002, 0, 0xe0000005, 0x0a0000ff,
    0xffffffff, 0x0a000003
  };

  uint8_t which = fuzz_8();

  memset(sin, 0, sizeof(*sin));
  sin->sin_family      = which & 0x80 ? AF_UNSPEC : AF_INET;
  sin->sin_addr.s_addr = htonl(some[which & 7]);
  sin->sin_port        = htons(5000 + (which >> 3 & 3));
}

static void call_open(unsigned int i, uint8_t what)
{
  static const int types[] =
  {
    SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM
  };

  int proto = (what & 3) == 2 ? fuzz_8() : 0;

  if (g_fuzz_socket[i] == NULL)
    {
      psock_socket(AF_INET, types[what & 3], proto, &g_fuzz_socket[i]);
    }
}

static void call_accept(unsigned int i, unsigned int j)
{
  struct socket *psock = NULL;

  if (g_fuzz_socket[j] == NULL &&
      psock_accept(g_fuzz_socket[i], NULL, NULL, &psock, MSG_DONTWAIT) == 0)
    {
      g_fuzz_socket[j] = psock;
    }
}

/* Memory of exactly that length, so that a byte too many is seen */

static void call_option(struct socket *psock)
{
  static const int levels[] =
  {
    SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP
  };

  int level = levels[fuzz_8() & 3];
  int option = fuzz_8();
  socklen_t len = fuzz_8() & 31;
  uint8_t *value = malloc(len);

  len = fuzz_bytes(value, len);
  if (fuzz_8() & 1)
    {
      psock_getsockopt(psock, level, option, value, &len);
    }
  else
    {
      psock_setsockopt(psock, level, option, value, len);
    }

  free(value);
}

static void call_io(struct socket *psock, uint8_t what)
{
  static const int flags[] =
  {
    0, MSG_PEEK, MSG_OOB, MSG_TRUNC, MSG_MORE, MSG_WAITALL, MSG_DONTROUTE,
    MSG_ERRQUEUE
  };

  int flag = flags[what & 7] | MSG_DONTWAIT | MSG_NOSIGNAL;
  unsigned int len = fuzz_16() & 0x3fff;
  uint8_t *data = calloc(1, len);
  struct sockaddr_in sin;
  socklen_t namelen = sizeof(sin);

  if (what & 8)
    {
      any_name(&sin);
      psock_sendto(psock, data, len, flag,
                   what & 16 ? (struct sockaddr *)&sin : NULL,
                   what & 16 ? sizeof(sin) : 0);
    }
  else
    {
      psock_recvfrom(psock, data, len, flag,
                     what & 16 ? (struct sockaddr *)&sin : NULL,
                     what & 16 ? &namelen : NULL);
    }

  free(data);
}

static void call_ioctl(struct socket *psock, uint8_t what)
{
  static const unsigned long some[] =
  {
    FIONREAD, TIOCOUTQ, SIOCATMARK, FIONBIO
  };

  int value = what >> 2 & 1;

  psock_ioctl(psock, some[what & 3], (unsigned long)(uintptr_t)&value);
}

static void call_name(struct socket *psock, unsigned int op)
{
  struct sockaddr_in sin;
  socklen_t len = sizeof(sin);

  switch (op)
    {
      case 0:
        any_name(&sin);
        psock_bind(psock, (struct sockaddr *)&sin, sizeof(sin));
        break;

      case 1:
        any_name(&sin);
        psock_connect(psock, (struct sockaddr *)&sin, sizeof(sin),
                      MSG_DONTWAIT);
        break;

      case 2:
        psock_getsockname(psock, (struct sockaddr *)&sin, &len);
        break;

      default:
        psock_getpeername(psock, (struct sockaddr *)&sin, &len);
        break;
    }
}

static void call_close(struct socket **psock)
{
  struct linger none =
  {
    0, 0
  };

  psock_setsockopt(*psock, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
  psock_close(*psock);
  *psock = NULL;
}

void fuzz_call(void)
{
  unsigned int i = fuzz_8() % FUZZ_SOCKETS;
  uint8_t what = fuzz_8();
  struct socket *psock = g_fuzz_socket[i];

  if (psock == NULL)
    {
      call_open(i, what);
      return;
    }

  switch (what >> 5)
    {
      case 0:
        call_name(psock, what & 3);
        break;

      case 1:
        psock_listen(psock, what & 7);
        break;

      case 2:
        call_accept(i, what % FUZZ_SOCKETS);
        break;

      case 3:
        call_option(psock);
        break;

      case 4:
        psock_shutdown(psock, what & 3);
        psock->s_sockif->si_poll(psock);
        break;

      case 5:
        call_ioctl(psock, what);
        break;

      case 6:
        call_io(psock, what);
        break;

      default:
        if (what & 1)
          {
            call_close(&g_fuzz_socket[i]);
          }
        else
          {
            call_io(psock, what);
          }

        break;
    }
}

/* Running ******************************************************************/

static void scenario(void)
{
  unsigned int i;

  memset(g_fuzz_socket, 0, sizeof(g_fuzz_socket));
  g_fuzz_wire = peer_wire();
  wire_know(g_fuzz_wire, 3);
  fuzz_scenario();
  for (i = 0; i < FUZZ_SOCKETS; i++)
    {
      if (g_fuzz_socket[i] != NULL)
        {
          call_close(&g_fuzz_socket[i]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_input = data;
  g_left  = size;
  if (stack_run(scenario, 1) != 0)
    {
      abort();
    }

  return 0;
}

#if !defined(__clang__) || defined(FUZZ_REPLAY)

int main(int argc, char **argv)
{
  static uint8_t bytes[65536];
  size_t n;
  int i;

  if (argc < 2 || strcmp(argv[1], "--help") == 0)
    {
      fprintf(argc < 2 ? stderr : stdout, "usage: %s FILE ...\nRuns the "
              "inputs in the files; a fault ends it.\n", argv[0]);
      return argc < 2 ? 2 : 0;
    }

  for (i = 1; i < argc; i++)
    {
      FILE *file = fopen(argv[i], "rb");

      if (file == NULL)
        {
          perror(argv[i]);
          return 2;
        }

      n = fread(bytes, 1, sizeof(bytes), file);
      fclose(file);
      LLVMFuzzerTestOneInput(bytes, n);
      printf("%s: %zu bytes: ok\n", argv[i], n);
    }

  return 0;
}

#endif
