/* bench/net/lwip/lwip_bench.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * lwIP doing what the project's stack is measured at, on the same TAP: its
 * raw interface (callbacks, one thread), the fastest that it has.  Built from
 * Debian's source package by scripts/bench-net; nothing of lwIP is in this
 * project.
 *
 *   send   bulk to a "netbench discard"; zeros by reference would be a gift
 *          that no application gets, so tcp_write() copies, as send() does
 *   recv   bulk from a "netbench source"; the payload is counted, not read
 *   http   answers every request with the same page, keep-alive or not
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#define MAXIOV  64
#define CHUNK   65536

struct bench_s
{
  int fd;
  bool done;
  int status;
  unsigned long long bytes;          /* Left to send, or received */
  unsigned long long total;
  unsigned long long start;
  char *page;
  size_t pagelen;
};

static struct bench_s g_bench;
static struct netif g_netif;
static char g_zeros[CHUNK];

static const char g_usage[] =
  "usage: lwip_bench TAP OURS send HOST PORT BYTES\n"
  "       lwip_bench TAP OURS recv HOST PORT\n"
  "       lwip_bench TAP OURS http PORT SIZE\n";

static unsigned long long now_ns(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (unsigned long long)ts.tv_sec * 1000000000u +
         (unsigned long long)ts.tv_nsec;
}

u32_t sys_now(void)
{
  return (u32_t)(now_ns() / 1000000);
}

static void finish(int status)
{
  g_bench.done = true;
  g_bench.status = status;
}

static void report(unsigned long long bytes)
{
  double seconds = (double)(now_ns() - g_bench.start) / 1e9;

  printf("%llu bytes in %.6f s: %.1f per second\n", bytes, seconds,
         (double)bytes / seconds);
  fflush(stdout);
  finish(0);
}

/* The TAP ******************************************************************/

static err_t tap_output(struct netif *netif, struct pbuf *p)
{
  struct iovec iov[MAXIOV];
  struct pbuf *q;
  int n = 0;

  (void)netif;
  for (q = p; q != NULL && n < MAXIOV; q = q->next)
    {
      iov[n].iov_base = q->payload;
      iov[n++].iov_len = q->len;
    }

  while (writev(g_bench.fd, iov, n) < 0)
    {
      struct pollfd pfd =
      {
        g_bench.fd, POLLOUT, 0
      };

      if (errno != EAGAIN)
        {
          return ERR_IF;
        }

      poll(&pfd, 1, -1);
    }

  return ERR_OK;
}

static err_t tap_init(struct netif *netif)
{
  netif->name[0]    = 't';
  netif->name[1]    = 'p';
  netif->output     = etharp_output;
  netif->linkoutput = tap_output;
  netif->mtu        = LWIP_BENCH_MTU;
  netif->hwaddr_len = 6;
  netif->flags      = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP |
                      NETIF_FLAG_LINK_UP;
  memcpy(netif->hwaddr, "\2\0\0\0\x57\2", 6);
  return ERR_OK;
}

/* As many frames as there are, read straight into a buffer of the pool, which
 * holds a whole frame.
 */

static void tap_input(void)
{
  static struct pbuf *next;
  ssize_t n;

  for (; ; )
    {
      struct pbuf *p = next;

      next = NULL;
      if (p == NULL)
        {
          p = pbuf_alloc(PBUF_RAW, LWIP_BENCH_MTU + 14, PBUF_POOL);
        }

      if (p == NULL)
        {
          fprintf(stderr, "lwip_bench: the pool is empty\n");
          finish(1);
          return;
        }

      n = read(g_bench.fd, p->payload, p->len);
      if (n <= 0)
        {
          next = p;
          return;
        }

      pbuf_realloc(p, (u16_t)n);
      if (g_netif.input(p, &g_netif) != ERR_OK)
        {
          pbuf_free(p);
        }
    }
}

/* Bulk *********************************************************************/

static void send_more(struct tcp_pcb *pcb)
{
  while (g_bench.bytes > 0)
    {
      size_t n = tcp_sndbuf(pcb);

      n = n < CHUNK ? n : CHUNK - 1;
      n = n < g_bench.bytes ? n : (size_t)g_bench.bytes;
      if (n == 0 || tcp_write(pcb, g_zeros, (u16_t)n,
                              TCP_WRITE_FLAG_COPY) != ERR_OK)
        {
          break;
        }

      g_bench.bytes -= n;
      if (g_bench.bytes == 0)
        {
          tcp_shutdown(pcb, 0, 1);
        }
    }

  tcp_output(pcb);
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
  (void)arg;
  (void)len;
  send_more(pcb);
  return ERR_OK;
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
                     err_t err)
{
  (void)err;
  if (p == NULL)
    {
      report(arg != NULL ? g_bench.total : g_bench.bytes);
      tcp_recv(pcb, NULL);
      tcp_sent(pcb, NULL);
      tcp_close(pcb);
      return ERR_OK;
    }

  if (arg == NULL)
    {
      g_bench.bytes += p->tot_len;
    }

  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
  (void)arg;
  if (!g_bench.done)
    {
      fprintf(stderr, "lwip_bench: connection: error %d\n", err);
      finish(1);
    }
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
  (void)err;
  g_bench.start = now_ns();
  if (arg != NULL)
    {
      tcp_sent(pcb, on_sent);
      send_more(pcb);
    }

  return ERR_OK;
}

static int bulk(const char *host, unsigned int port, bool sending)
{
  struct tcp_pcb *pcb = tcp_new();
  ip_addr_t addr;

  if (pcb == NULL || !ipaddr_aton(host, &addr))
    {
      return -1;
    }

  tcp_arg(pcb, sending ? &g_bench : NULL);
  tcp_recv(pcb, on_recv);
  tcp_err(pcb, on_error);
  return tcp_connect(pcb, &addr, (u16_t)port, on_connected) == ERR_OK ? 0 :
         -1;
}

/* HTTP: the end of the headers is a request ********************************/

struct request_s
{
  unsigned int matched;              /* Of "\r\n\r\n" */
  bool close;
  char line[512];
  size_t len;
};

static err_t http_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
                       err_t err)
{
  struct request_s *req = arg;
  struct pbuf *q;

  (void)err;
  if (p == NULL)
    {
      free(req);
      tcp_arg(pcb, NULL);
      tcp_err(pcb, NULL);
      tcp_close(pcb);
      return ERR_OK;
    }

  for (q = p; q != NULL; q = q->next)
    {
      const char *c = q->payload;
      u16_t i;

      for (i = 0; i < q->len; i++)
        {
          req->line[req->len] = c[i];
          req->len += req->len < sizeof(req->line) - 1;
          req->matched = c[i] == "\r\n\r\n"[req->matched] ?
                         req->matched + 1 : c[i] == '\r';
          if (req->matched == 4)
            {
              char head[160];
              bool keep;

              req->line[req->len] = '\0';
              keep = strstr(req->line, "eep-") != NULL; /* As ours */
              snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
                       "Content-Type: text/plain\r\nContent-Length: %zu\r\n"
                       "Connection: %s\r\n\r\n", g_bench.pagelen,
                       keep ? "keep-alive" : "close");
              tcp_write(pcb, head, (u16_t)strlen(head),
                        TCP_WRITE_FLAG_COPY | TCP_WRITE_FLAG_MORE);
              tcp_write(pcb, g_bench.page, (u16_t)g_bench.pagelen,
                        TCP_WRITE_FLAG_COPY);
              req->close = !keep;
              req->matched = 0;
              req->len = 0;
            }
        }
    }

  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  tcp_output(pcb);
  if (req->close)
    {
      free(req);
      tcp_arg(pcb, NULL);
      tcp_recv(pcb, NULL);
      tcp_err(pcb, NULL);
      tcp_close(pcb);
    }

  return ERR_OK;
}

static void http_error(void *arg, err_t err)
{
  (void)err;
  free(arg);
}

static err_t http_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
  struct request_s *req = calloc(1, sizeof(*req));

  (void)arg;
  (void)err;
  if (req == NULL)
    {
      return ERR_MEM;
    }

  tcp_nagle_disable(pcb);
  tcp_arg(pcb, req);
  tcp_recv(pcb, http_recv);
  tcp_err(pcb, http_error);
  return ERR_OK;
}

static int http(unsigned int port)
{
  struct tcp_pcb *pcb = tcp_new();

  if (pcb == NULL || tcp_bind(pcb, IP_ADDR_ANY, (u16_t)port) != ERR_OK)
    {
      return -1;
    }

  pcb = tcp_listen_with_backlog(pcb, 255);
  if (pcb == NULL)
    {
      return -1;
    }

  tcp_accept(pcb, http_accept);
  printf("ready\n");
  return fflush(stdout);
}

int main(int argc, char **argv)
{
  bool send = argc == 7 && strcmp(argv[3], "send") == 0;
  bool recv = argc == 6 && strcmp(argv[3], "recv") == 0;
  bool web = argc == 6 && strcmp(argv[3], "http") == 0;
  ip4_addr_t ours;
  ip4_addr_t mask;
  ip4_addr_t gw;
  struct ifreq ifr;
  int ret;

  if ((!send && !recv && !web) || !ip4addr_aton(argv[2], &ours))
    {
      fputs(g_usage, stderr);
      return 2;
    }

  g_bench.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  memset(&ifr, 0, sizeof(ifr));
  ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
  snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
  if (g_bench.fd < 0 || ioctl(g_bench.fd, TUNSETIFF, &ifr) < 0)
    {
      perror(argv[1]);
      return 1;
    }

  lwip_init();
  IP4_ADDR(&mask, 255, 255, 255, 0);
  ip4_addr_set_zero(&gw);
  netif_add(&g_netif, &ours, &mask, &gw, NULL, tap_init, ethernet_input);
  netif_set_default(&g_netif);
  netif_set_up(&g_netif);

  if (send)
    {
      g_bench.bytes = strtoull(argv[6], NULL, 10);
      g_bench.total = g_bench.bytes;
    }
  else if (web)
    {
      g_bench.pagelen = strtoul(argv[5], NULL, 10);
      g_bench.page = malloc(g_bench.pagelen);
      memset(g_bench.page, 'x', g_bench.pagelen);
    }

  ret = web ? http((unsigned int)atoi(argv[4])) :
        bulk(argv[4], (unsigned int)atoi(argv[5]), send);
  if (ret < 0)
    {
      fprintf(stderr, "lwip_bench: %s: can not start\n", argv[3]);
      return 1;
    }

  while (!g_bench.done)
    {
      struct pollfd pfd =
      {
        g_bench.fd, POLLIN, 0
      };

      u32_t sleep = sys_timeouts_sleeptime();

      poll(&pfd, 1, sleep > 1000 ? 1000 : (int)sleep);
      tap_input();
      sys_check_timeouts();
    }

  return g_bench.status;
}
