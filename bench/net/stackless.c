/* bench/net/stackless.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The limits that a stack on a TAP can be measured against: what remains when
 * there is no stack.  A Linux program of its own; needs a TAP that exists
 * (scripts/netlab).
 *
 *   tcp    a TCP sender without TCP: one handshake, then frames that were
 *          built beforehand (only sequence number and checksum change), as
 *          many as the peer's window allows, acknowledgements read and thrown
 *          away but for the number.  A loss ends it with an error: there is
 *          none on a TAP whose queue is long enough.
 *   udp    datagrams that were built beforehand
 *   drain  reads frames that the host sends, and throws them away
 *
 * Frames written to a TAP run through the host's stack inside write(): the
 * time of the host's TCP is in every number here, as in those of a stack.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define ETH   14
#define IP    20
#define TCP   20
#define UDP   8
#define FRAME 65600

struct stackless_s
{
  int fd;
  uint32_t host;                     /* Network byte order */
  uint32_t ours;
  uint8_t hostmac[6];
  uint16_t port;
  uint16_t ident;
  uint8_t out[FRAME];
  uint8_t in[FRAME];
};

static struct stackless_s g_me;
static const uint8_t g_mac[6] =
{
  2, 0, 0, 0, 0x57, 1
};

static const char g_usage[] =
  "usage: stackless TAP HOST OURS tcp PORT BYTES MTU\n"
  "       stackless TAP HOST OURS udp PORT COUNT SIZE\n"
  "       stackless TAP HOST OURS drain PORT COUNT\n"
  "\n"
  "HOST is the address of the host on TAP, OURS one beside it.  Prints the\n"
  "count, the seconds, and the count per second.\n";

static void die(const char *what)
{
  fprintf(stderr, "stackless: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void report(uint64_t count, const char *unit, uint64_t ns)
{
  double seconds = (double)(ns > 0 ? ns : 1) / 1e9;

  printf("%llu %s in %.6f s: %.1f per second\n", (unsigned long long)count,
         unit, seconds, (double)count / seconds);
}

static void put16(uint8_t *p, unsigned int value)
{
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
  put16(p, value >> 16);
  put16(p + 2, value & 0xffff);
}

static unsigned int get16(const uint8_t *p)
{
  return (unsigned int)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
  return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* The Internet checksum, not yet complemented */

static uint32_t sum16(const uint8_t *p, unsigned int len, uint32_t sum)
{
  for (; len > 1; p += 2, len -= 2)
    {
      sum += get16(p);
    }

  return len != 0 ? sum + ((uint32_t)p[0] << 8) : sum;
}

static unsigned int fold(uint32_t sum)
{
  while (sum >> 16)
    {
      sum = (sum & 0xffff) + (sum >> 16);
    }

  return sum;
}

static void send_frame(unsigned int len)
{
  while (write(g_me.fd, g_me.out, len) != (ssize_t)len)
    {
      struct pollfd pfd =
      {
        g_me.fd, POLLOUT, 0
      };

      if (errno != EAGAIN)
        {
          die("write");
        }

      poll(&pfd, 1, -1);
    }
}

/* The next frame of the host; 0 if there is none now.  ARP is answered. */

static unsigned int receive(void)
{
  for (; ; )
    {
      ssize_t n = read(g_me.fd, g_me.in, sizeof(g_me.in));
      uint8_t *a = g_me.in + ETH;

      if (n < 0)
        {
          if (errno == EAGAIN)
            {
              return 0;
            }

          die("read");
        }

      if (n < ETH + 28 || get16(g_me.in + 12) != 0x0806)
        {
          return (unsigned int)n;
        }

      if (get16(a + 6) == 1 && memcmp(a + 24, &g_me.ours, 4) == 0)
        {
          memcpy(g_me.out, a + 8, 6);
          memcpy(g_me.out + 6, g_mac, 6);
          memcpy(g_me.out + 12, "\x08\x06\0\1\x08\0\6\4\0\2", 10);
          memcpy(g_me.out + 22, g_mac, 6);
          memcpy(g_me.out + 28, &g_me.ours, 4);
          memcpy(g_me.out + 32, a + 8, 10);
          send_frame(42);
        }
      else if (get16(a + 6) == 2)
        {
          memcpy(g_me.hostmac, a + 8, 6);
          return (unsigned int)n;
        }
    }
}

/* 0 if none comes for so many milliseconds */

static unsigned int wait_until(int timeout)
{
  unsigned int n;

  while ((n = receive()) == 0)
    {
      struct pollfd pfd =
      {
        g_me.fd, POLLIN, 0
      };

      if (poll(&pfd, 1, timeout) == 0)
        {
          return 0;
        }
    }

  return n;
}

static unsigned int wait_frame(void)
{
  unsigned int n = wait_until(5000);

  if (n == 0)
    {
      errno = ETIMEDOUT;
      die("the host is silent");
    }

  return n;
}

/* Ask for the host's address, again and again: the host may take a second to
 * see that somebody holds the TAP, and drops its answers until then.
 */

static void resolve(void)
{
  int tries;

  for (tries = 0; tries < 100; tries++)
    {
      unsigned int n;

      memset(g_me.out, 0xff, 6);
      memcpy(g_me.out + 6, g_mac, 6);
      memcpy(g_me.out + 12, "\x08\x06\0\1\x08\0\6\4\0\1", 10);
      memcpy(g_me.out + 22, g_mac, 6);
      memcpy(g_me.out + 28, &g_me.ours, 4);
      memset(g_me.out + 32, 0, 6);
      memcpy(g_me.out + 38, &g_me.host, 4);
      send_frame(42);
      while ((n = wait_until(50)) > 0)
        {
          if (n >= ETH + 28 && get16(g_me.in + 12) == 0x0806)
            {
              return;
            }
        }
    }

  errno = ETIMEDOUT;
  die("the host does not answer");
}

/* Link and IP header for "len" bytes behind them, and the sum of the
 * pseudo-header.
 */

static uint32_t headers(uint8_t proto, unsigned int len)
{
  uint8_t *ip = g_me.out + ETH;

  memcpy(g_me.out, g_me.hostmac, 6);
  memcpy(g_me.out + 6, g_mac, 6);
  put16(g_me.out + 12, 0x0800);
  memset(ip, 0, IP);
  ip[0] = 0x45;
  put16(ip + 2, IP + len);
  put16(ip + 6, 0x4000);
  ip[8] = 64;
  ip[9] = proto;
  memcpy(ip + 12, &g_me.ours, 4);
  memcpy(ip + 16, &g_me.host, 4);
  put16(ip + 10, ~fold(sum16(ip, IP, 0)) & 0xffff);
  return sum16(ip + 12, 8, proto + len);
}

/* TCP **********************************************************************/

#define SPORT 40000

struct tcp_s
{
  uint32_t una;
  uint32_t nxt;
  uint32_t rcv;
  uint32_t wnd;
  unsigned int scale;
  bool fin;                          /* The host has closed */
};

static void segment(struct tcp_s *tcp, uint8_t flags, unsigned int optlen,
                    unsigned int len)
{
  uint8_t *h = g_me.out + ETH + IP;
  uint32_t sum = headers(6, TCP + optlen + len);

  put16(h, SPORT);
  put16(h + 2, g_me.port);
  put32(h + 4, tcp->nxt);
  put32(h + 8, tcp->rcv);
  h[12] = (uint8_t)((TCP + optlen) << 2);
  h[13] = flags;
  put16(h + 14, 65535);
  put32(h + 16, 0);
  put16(h + 16, ~fold(sum16(h, TCP + optlen + len, sum)) & 0xffff);
  send_frame(ETH + IP + TCP + optlen + len);
}

/* Look at a frame; false if it is not of our connection */

static bool take(struct tcp_s *tcp, unsigned int n)
{
  uint8_t *h = g_me.in + ETH + IP;

  if (n < ETH + IP + TCP || get16(g_me.in + 12) != 0x0800 ||
      g_me.in[ETH + 9] != 6 || get16(h) != g_me.port ||
      get16(h + 2) != SPORT)
    {
      return false;
    }

  if (h[13] & 4)
    {
      errno = ECONNRESET;
      die("tcp");
    }

  if ((int32_t)(get32(h + 8) - tcp->una) > 0)
    {
      tcp->una = get32(h + 8);
    }

  tcp->wnd = get16(h + 14) << tcp->scale;
  tcp->fin |= (h[13] & 1) != 0;
  return true;
}

static void run_tcp(uint64_t bytes, unsigned int mtu)
{
  static const uint8_t wscale[] =
  {
    3, 3, 7, 1
  };

  struct tcp_s tcp;
  unsigned int mss = mtu - IP - TCP;
  uint8_t *h = g_me.out + ETH + IP;
  uint64_t left = bytes;
  uint64_t start;
  uint32_t base;
  unsigned int i;

  memset(&tcp, 0, sizeof(tcp));
  tcp.nxt = 1000;
  tcp.una = 1000;
  put32(h + 20, 0x02040000 | mss);
  memcpy(h + 24, wscale, 4);
  start = now();
  segment(&tcp, 2, 8, 0);
  while (!take(&tcp, wait_frame()) || tcp.una != 1001)
    {
      continue;
    }

  h = g_me.in + ETH + IP;
  tcp.rcv = get32(h + 4) + 1;
  for (i = TCP; i + 2 < (unsigned int)(h[12] >> 4) * 4; )
    {
      if (h[i] == 3)
        {
          tcp.scale = h[i + 2];
        }

      if (h[i] == 0)
        {
          break;
        }

      i += h[i] == 1 ? 1 : h[i + 1] != 0 ? h[i + 1] : 40;
    }

  tcp.nxt++;
  segment(&tcp, 16, 0, 0);
  tcp.wnd = 65535;

  /* The frame; the sum of it without sequence number */

  h = g_me.out + ETH + IP;
  memset(h, 0, TCP + mss);
  base = headers(6, TCP + mss);
  put16(h, SPORT);
  put16(h + 2, g_me.port);
  put32(h + 8, tcp.rcv);
  h[12] = TCP << 2;
  h[13] = 16;
  put16(h + 14, 65535);
  base = fold(sum16(h, TCP, base));

  while (left >= mss || tcp.una != tcp.nxt)
    {
      unsigned int n;

      while (left >= mss && tcp.nxt - tcp.una + mss <= tcp.wnd)
        {
          put32(h + 4, tcp.nxt);
          put16(h + 16, ~fold(base + (tcp.nxt >> 16) +
                              (tcp.nxt & 0xffff)) & 0xffff);
          send_frame(ETH + IP + TCP + mss);
          tcp.nxt += mss;
          left -= mss;
        }

      n = tcp.nxt - tcp.una + mss > tcp.wnd || left < mss ? wait_frame() :
                                                            receive();
      while (n > 0)
        {
          take(&tcp, n);
          n = receive();
        }
    }

  segment(&tcp, 17, 0, 0);
  while (!tcp.fin)
    {
      take(&tcp, wait_frame());
    }

  start = now() - start;
  tcp.nxt++;
  tcp.rcv++;
  segment(&tcp, 16, 0, 0);
  report(bytes - left, "bytes", start);
}

/* Datagrams ****************************************************************/

static void run_udp(uint64_t count, unsigned int size)
{
  uint8_t *h = g_me.out + ETH + IP;
  uint64_t start;
  uint64_t i;

  memset(h, 0, UDP + size);
  headers(17, UDP + size);
  put16(h, SPORT);
  put16(h + 2, g_me.port);
  put16(h + 4, UDP + size);
  start = now();
  for (i = 0; i < count; i++)
    {
      send_frame(ETH + IP + UDP + size);
    }

  report(count, "datagrams", now() - start);
}

/* Until so many datagrams have come, or none for a second */

static void run_drain(uint64_t count)
{
  uint64_t start = 0;
  uint64_t last = 0;
  uint64_t n = 0;

  while (n < count)
    {
      unsigned int len = receive();
      uint8_t *h = g_me.in + ETH + IP;

      if (len == 0)
        {
          struct pollfd pfd =
          {
            g_me.fd, POLLIN, 0
          };

          last = now();
          if (poll(&pfd, 1, n > 0 ? 1000 : 20000) == 0)
            {
              break;
            }
        }
      else if (len >= ETH + IP + UDP && get16(g_me.in + 12) == 0x0800 &&
               g_me.in[ETH + 9] == 17 && get16(h + 2) == g_me.port)
        {
          start = n++ == 0 ? now() : start;
        }
    }

  report(n, "datagrams", (n == count ? now() : last) - start);
}

static uint64_t number(const char *text, uint64_t max)
{
  char *end;
  unsigned long long value;

  errno = 0;
  value = strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value == 0 || value > max)
    {
      fprintf(stderr, "stackless: %s: not a number from 1 to %llu\n", text,
              (unsigned long long)max);
      exit(2);
    }

  return value;
}

int main(int argc, char **argv)
{
  struct ifreq ifr;
  bool tcp = argc == 8 && strcmp(argv[4], "tcp") == 0;
  bool udp = argc == 8 && strcmp(argv[4], "udp") == 0;
  bool drain = argc == 7 && strcmp(argv[4], "drain") == 0;

  if (argc == 2 && strcmp(argv[1], "--help") == 0)
    {
      fputs(g_usage, stdout);
      return 0;
    }

  if (!tcp && !udp && !drain)
    {
      fputs(g_usage, stderr);
      return 2;
    }

  if (inet_pton(AF_INET, argv[2], &g_me.host) != 1 ||
      inet_pton(AF_INET, argv[3], &g_me.ours) != 1)
    {
      fprintf(stderr, "stackless: %s, %s: not IPv4 addresses\n", argv[2],
              argv[3]);
      return 2;
    }

  g_me.port = (uint16_t)number(argv[5], 65535);
  g_me.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  memset(&ifr, 0, sizeof(ifr));
  ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
  snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
  if (g_me.fd < 0 || ioctl(g_me.fd, TUNSETIFF, &ifr) < 0)
    {
      die(argv[1]);
    }

  resolve();
  if (tcp)
    {
      run_tcp(number(argv[6], UINT64_MAX), (unsigned int)number(argv[7],
                                                                 65535));
    }
  else if (udp)
    {
      run_udp(number(argv[6], UINT64_MAX), (unsigned int)number(argv[7],
                                                                 65507));
    }
  else
    {
      printf("ready\n");
      fflush(stdout);
      run_drain(number(argv[6], UINT64_MAX));
    }

  return 0;
}
