/* tests/host/net/test_scale.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Many.  Goal: 100,000 connections, 10,000 listeners and a port on many
 * addresses cost memory in proportion, stated, and time not at all: a
 * segment finds its connection by as many comparisons among ten as among
 * 100,000, those at rest have no timer and no place in a queue, and memory
 * of the pool is only held by data.  Method: handshakes on a wire, by
 * descriptors of two tasks, as a server has them; work is counted, not
 * timed, but for one number that is only printed.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>
#include <nuttx/fs/fs.h>
#include <nuttx/mm/iob.h>
#include <nuttx/net/net.h>

#include "net_link.h"
#include "stack.h"
#include "tcp.h"
#include "tcp_remote.h"

#define PORT      80
#define NTASKS    2                  /* Each has its own descriptors */
#define NPERTASK  50000
#define NCONNS    (NTASKS * NPERTASK)
#define NPERHOST  25000              /* Connections of one remote host */
#define HEADER    sizeof(size_t)     /* What malloc() adds to a block */

static struct wire_s g_wire;
static struct remote_s g_remote;
static uint32_t g_isn[NCONNS];       /* Theirs */
static unsigned int g_nconns;
static int g_fd;                     /* Of the listener */
static unsigned int g_goal;
static bool g_over;
static unsigned int g_senders;       /* So many shall send, once */

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_port        = htons(port);
  sin.sin_addr.s_addr = htonl(addr);
  return sin;
}

static int listen_at(uint32_t addr, uint16_t port, int backlog)
{
  struct sockaddr_in sin = address(addr, port);
  int fd = nx_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

  CHECK(fd >= 0);
  CHECK_EQ(nx_bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
  CHECK_EQ(nx_listen(fd, backlog), 0);
  return fd;
}

/* Connections of a remote **************************************************/

/* The remote becomes the other end of connection i */

static void become(unsigned int i)
{
  g_remote.host     = 2 + i / NPERHOST;
  g_remote.sport    = (uint16_t)(1024 + i % NPERHOST);
  g_remote.isn      = 0x10000000u + i * 4096;
  g_remote.peer_isn = g_isn[i];
  g_remote.ack      = 1;
}

static void open_one(unsigned int i)
{
  become(i);
  remote_connect(&g_remote);
  g_isn[i] = g_remote.peer_isn;
}

static void setup_remote(uint16_t port)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  remote_init(&g_remote, &g_wire, port);
  g_remote.offers = REMOTE_WSCALE;
  for (i = 0; i <= NCONNS / NPERHOST; i++)
    {
      wire_know(&g_wire, 2 + i);
    }
}

/* A segment that changes nothing for each of n connections drawn from all:
 * entries compared and slots looked at per lookup, in thousandths; host ns.
 */

static void touch(unsigned int n, uint64_t *compares, uint64_t *probes,
                  uint64_t *ns)
{
  uint64_t lookups = stack_stat("conn.lookups");
  uint64_t before = stack_stat("conn.compares");
  uint64_t slots = stack_stat("conn.probes");
  struct timespec from;
  struct timespec to;
  unsigned int i;

  clock_gettime(CLOCK_MONOTONIC, &from);
  for (i = 0; i < n; i++)
    {
      become((unsigned int)rand() % g_nconns);
      remote_send(&g_remote, R_ACK, 1, 0);
    }

  clock_gettime(CLOCK_MONOTONIC, &to);
  lookups = stack_stat("conn.lookups") - lookups;
  CHECK_EQ(lookups, n);
  *compares = (stack_stat("conn.compares") - before) * 1000 / lookups;
  *probes   = (stack_stat("conn.probes") - slots) * 1000 / lookups;
  *ns       = ((uint64_t)(to.tv_sec - from.tv_sec) * 1000000000 +
               (uint64_t)to.tv_nsec - (uint64_t)from.tv_nsec) / n;
}

/* A task that accepts its share, and closes when all is over */

static void serve(unsigned int task, int *fds, unsigned int *n)
{
  char text[100];
  unsigned int i;

  while (*n < NPERTASK && g_nconns < g_goal && g_nconns / NPERTASK == task)
    {
      open_one(g_nconns);
      fds[*n] = nx_accept4(g_fd, NULL, NULL, SOCK_NONBLOCK);
      CHECK(fds[*n] >= 0);
      ++*n;
      g_nconns++;
    }

  memset(text, 'x', sizeof(text));
  for (i = 0; task == 0 && i < g_senders; i++)
    {
      CHECK_EQ(nx_sendto(fds[i * 7], text, sizeof(text), 0, NULL, 0),
               sizeof(text));
    }

  g_senders = task == 0 ? 0 : g_senders;
}

static void server(void *arg)
{
  unsigned int task = (unsigned int)(uintptr_t)arg;
  unsigned int n = 0;
  int *fds = calloc(NPERTASK, sizeof(*fds));

  while (!g_over)
    {
      serve(task, fds, &n);
      stack_sleep(NET_MSEC);
    }

  while (n > 0)
    {
      CHECK_EQ(nx_close(fds[--n]), 0);
    }

  free(fds);
}

/* All of the heap in bytes, with what malloc() adds to each block */

static size_t heap_bytes(void)
{
  struct kmm_info_s info;

  kmm_getinfo(&info);
  return info.nbytes + info.nblocks * HEADER;
}

static void reach(unsigned int goal)
{
  g_goal = goal;
  while (g_nconns < goal)
    {
      stack_sleep(NET_MSEC);
    }

  stack_sleep(10 * NET_SEC);
  wire_flush(&g_wire);
}

/* Connections at rest ******************************************************/

#define NTOUCH 10000

static void memory_at_rest(void)
{
  struct iob_info_s pool[2];
  size_t heap[2];
  unsigned int timers;
  size_t each;

  iob_getinfo(&pool[0]);
  heap[0] = heap_bytes();
  timers  = net_timer_count();
  reach(NCONNS);
  heap[1] = heap_bytes();
  iob_getinfo(&pool[1]);

  each = (heap[1] - heap[0]) / (NCONNS - 10);
  printf("tcp_conn_s %zu, socket %zu, file %zu bytes; all of a connection "
         "at rest: %zu\n", sizeof(struct tcp_conn_s), sizeof(struct socket),
         sizeof(struct file), each);
  printf("bench bytes_per_conn %zu\n", each);
  CHECK(each < 1024);
  CHECK_EQ(pool[1].used, pool[0].used);
  CHECK_EQ(pool[1].views_used, pool[0].views_used);
  CHECK(net_timer_count() <= timers);
  CHECK_EQ(g_tcp.nestab, NCONNS);
}

/* A hundred thousand at rest, then fifty want to send and the device is
 * full: fifty turns, whatever the others.
 */

#define NSENDERS 50

static void senders_only(void)
{
  uint64_t turns = stack_stat("link.outturns");
  uint64_t wakes = stack_stat("tcp.wakes");
  uint64_t frames;
  struct pkt_s pkt;
  unsigned int n = 0;

  g_wire.full = true;
  g_senders   = NSENDERS;
  stack_sleep(5 * NET_MSEC);
  CHECK_EQ(g_senders, 0);
  CHECK_EQ(stack_stat("tcp.wakes") - wakes, NSENDERS);
  frames = g_wire.total;
  wire_ready(&g_wire);
  CHECK_EQ(g_wire.total - frames, NSENDERS);
  CHECK_EQ(stack_stat("link.outturns") - turns, NSENDERS);
  CHECK_EQ(net_timer_count(), NSENDERS);
  while (pkt_next(&g_wire, IPPROTO_TCP, &pkt))
    {
      unsigned int i = (pkt.dport - 1024u) +
                       ((pkt.dst & 0xff) - 2) * NPERHOST;

      CHECK_EQ(i % 7, 0);
      CHECK_EQ(pkt.len, 100);
      become(i);
      g_remote.ack = 101;
      remote_send(&g_remote, R_ACK, 1, 0);
      g_isn[i] += 100;               /* So that 1 is next again */
      n++;
    }

  CHECK_EQ(n, NSENDERS);
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(net_timer_count(), 0);
}

static void at_rest(void)
{
  uint64_t compares[2];
  uint64_t probes[2];
  uint64_t ns[2];
  int pid[NTASKS];
  unsigned int i;

  g_nconns = 0;
  g_goal   = 0;
  g_over   = false;
  setup_remote(PORT);
  g_fd = listen_at(INADDR_ANY, PORT, 16);
  for (i = 0; i < NTASKS; i++)
    {
      pid[i] = stack_task("server", server, (void *)(uintptr_t)i);
    }

  reach(10);
  touch(NTOUCH, &compares[0], &probes[0], &ns[0]);
  memory_at_rest();
  touch(NTOUCH, &compares[1], &probes[1], &ns[1]);
  printf("per lookup at 10 and at %d connections: %.3f %.3f entries "
         "compared, %.3f %.3f slots looked at\n", NCONNS,
         (double)compares[0] / 1000, (double)compares[1] / 1000,
         (double)probes[0] / 1000, (double)probes[1] / 1000);
  printf("bench lookup_compares_100k_over_10 %.3f\n",
         (double)compares[1] / (double)compares[0]);
  printf("bench segment_ns_10 %llu\n", (unsigned long long)ns[0]);
  printf("bench segment_ns_100k %llu\n", (unsigned long long)ns[1]);
  CHECK(compares[0] >= 1000);
  CHECK(compares[1] * 10 <= compares[0] * 11);
  CHECK(probes[1] < 2000);           /* At most half full */

  stack_sleep(10 * NET_SEC);
  senders_only();
  g_over = true;
  for (i = 0; i < NTASKS; i++)
    {
      stack_join(pid[i]);
    }

  CHECK_EQ(nx_close(g_fd), 0);
}

/* Rest and waking **********************************************************/

static bool rests(struct socket *sock)
{
  return tcp_conn_resting(sock_conn(sock));
}

static void info_of(struct socket *sock, struct tcp_info *info)
{
  socklen_t len = sizeof(*info);

  CHECK_EQ(psock_getsockopt(sock, IPPROTO_TCP, TCP_INFO, info, &len), 0);
}

/* What the user has set and what was learned is as before */

static void rest_and_wake(void)
{
  struct tcp_info before;
  struct tcp_info after;
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);

  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_WINDOW_CLAMP, 50000), 0);
  CHECK_EQ(sock_set_int(peer, SOL_SOCKET, SO_RCVBUF, 40000), 0);
  CHECK_EQ(sock_write(sock, 0, 100000), 100000);
  stack_sleep(5 * NET_SEC);
  CHECK(!rests(peer));               /* There is data to be read */
  CHECK(!rests(sock));               /* ... and to be sent */
  CHECK_EQ(sock_read(peer, 0, 20000), 20000);
  stack_sleep(100 * NET_MSEC);
  while (sock_conn(peer)->rcv->bytes < 100000 ||
         sock_conn(peer)->rcv->len > 0)
    {
      sock_read(peer, (uint32_t)(sock_conn(peer)->rcv->bytes -
                                 sock_conn(peer)->rcv->len), 20000);
      stack_sleep(100 * NET_MSEC);
    }

  info_of(sock, &before);
  stack_sleep(5 * NET_SEC);
  CHECK(rests(sock));
  CHECK(rests(peer));
  CHECK_EQ(net_timer_count(), 0);
  CHECK_EQ(sock_poll(sock), POLLOUT);
  CHECK(rests(sock));
  CHECK_EQ(sock_get_int(sock, IPPROTO_TCP, TCP_NODELAY), 1);
  CHECK_EQ(sock_get_int(sock, IPPROTO_TCP, TCP_WINDOW_CLAMP), 50000);
  CHECK_EQ(sock_get_int(peer, SOL_SOCKET, SO_RCVBUF), 80000);
  info_of(sock, &after);
  CHECK_EQ(after.tcpi_rtt, before.tcpi_rtt);
  CHECK_EQ(after.tcpi_rttvar, before.tcpi_rttvar);
  CHECK_EQ(after.tcpi_rto, before.tcpi_rto);
  CHECK_EQ(after.tcpi_snd_cwnd, before.tcpi_snd_cwnd);
  CHECK_EQ(after.tcpi_snd_ssthresh, before.tcpi_snd_ssthresh);
  stack_sleep(5 * NET_SEC);
  CHECK(rests(sock));                /* A look is not for ever */

  CHECK_EQ(sock_write(peer, 0, 5000), 5000);
  stack_sleep(NET_SEC / 10);
  CHECK_EQ(sock_read(sock, 0, 9000), 5000);
  stack_sleep(5 * NET_SEC);
  CHECK(rests(sock) && rests(peer));
  psock_close(sock);
  stack_sleep(NET_SEC / 10);
  CHECK_EQ(sock_poll(peer), POLLIN | POLLOUT | POLLRDHUP);
  psock_close(peer);
  stack_sleep(120 * NET_SEC);
}

/* No memory to wake: the user is told, a segment comes again, a close ends
 * the connection all the same
 */

static void wake_without_memory(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);

  stack_sleep(5 * NET_SEC);
  CHECK(rests(sock) && rests(peer));
  kmm_fail(1);
  CHECK_EQ(sock_write(sock, 0, 100), -ENOBUFS);
  CHECK(rests(sock));
  kmm_fail(2);                       /* Its own is the first */
  CHECK_EQ(sock_write(sock, 0, 100), 100);
  stack_sleep(5 * NET_SEC);
  CHECK_EQ(stack_stat("tcp.wakenomem"), 2);
  CHECK(stack_stat("tcp.retranssegs") > 0);
  CHECK_EQ(sock_read(peer, 0, 200), 100);
  stack_sleep(5 * NET_SEC);
  CHECK(rests(sock) && rests(peer));
  kmm_fail(1);
  psock_close(sock);
  stack_sleep(0);
  CHECK_EQ(stack_stat("tcp.wakenomem"), 3);
  CHECK_EQ(sock_write(peer, 0, 100), -ECONNRESET);
  psock_close(peer);
}

/* Who has a deadline, or an end, or is not accepted, does not rest */

static void restless(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);
  struct socket *other;
  struct socket *half = sock_pair(&other);

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
  CHECK_EQ(psock_shutdown(half, SHUT_WR), 0);
  stack_sleep(20 * NET_SEC);
  CHECK(!rests(sock));
  CHECK(rests(peer));
  CHECK(!rests(half) && !rests(other));
  CHECK_EQ(sock_read(other, 0, 1), 0);
  stack_sleep(7300 * NET_SEC);       /* A probe, and its answer */
  CHECK_EQ(stack_stat("tcp.tcpkeepalive"), 1);
  CHECK(rests(peer));
  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_KEEPALIVE, 0), 0);
  CHECK_EQ(sock_write(peer, 0, 1), 1);
  stack_sleep(NET_SEC / 10);
  CHECK_EQ(sock_read(sock, 0, 1), 1);
  stack_sleep(20 * NET_SEC);
  CHECK(rests(sock) && rests(peer));
  psock_close(sock);
  psock_close(peer);
  psock_close(half);
  psock_close(other);
}

/* Listeners ****************************************************************/

#define NLISTENERS 10000

/* A SYN to one of them finds it; a handshake makes no other slower */

static void listeners(void)
{
  static int fd[NLISTENERS];
  uint64_t compares;
  unsigned int i;
  size_t before;

  setup_remote(PORT);
  before = heap_bytes();
  for (i = 0; i < NLISTENERS; i++)
    {
      fd[i] = listen_at(INADDR_ANY, (uint16_t)(1 + i), 4);
    }

  printf("a listener: %zu bytes\n", (heap_bytes() - before) / NLISTENERS);
  compares = stack_stat("conn.compares");
  for (i = 0; i < NLISTENERS; i += 100)
    {
      int conn;

      become(i);
      g_remote.dport = (uint16_t)(1 + i);
      remote_connect(&g_remote);
      conn = nx_accept4(fd[i], NULL, NULL, SOCK_NONBLOCK);
      CHECK(conn >= 0);
      CHECK_EQ(nx_close(conn), 0);
      wire_flush(&g_wire);
    }

  /* SYN and ACK look for the listener, and the table is asked once more
   * when the connection is entered
   */

  CHECK(stack_stat("conn.compares") - compares <= 3 * NLISTENERS / 100);
  for (i = 0; i < NLISTENERS; i++)
    {
      CHECK(i % 100 == 0 ||
            nx_accept4(fd[i], NULL, NULL, SOCK_NONBLOCK) == -EAGAIN);
      CHECK_EQ(nx_close(fd[i]), 0);
    }
}

/* One port on many addresses: each listener gets its own, the one for any
 * the rest.
 */

#define NADDRS 200

static void many_addresses(void)
{
  static int fd[NADDRS + 1];
  unsigned int i;

  for (i = 0; i < NADDRS; i++)
    {
      fd[i] = listen_at(INADDR_LOOPBACK + 1 + i, PORT, 4);
    }

  fd[NADDRS] = listen_at(INADDR_LOOPBACK, PORT, 4);
  for (i = 0; i <= NADDRS; i++)
    {
      uint32_t addr = i < NADDRS ? INADDR_LOOPBACK + 1 + i : INADDR_LOOPBACK;
      struct sockaddr_in sin = address(addr, PORT);
      socklen_t len = sizeof(sin);
      int client = nx_socket(AF_INET, SOCK_STREAM, 0);
      unsigned int k;
      int conn;

      CHECK_EQ(nx_connect(client, (struct sockaddr *)&sin, len), 0);
      stack_sleep(0);
      for (k = 0; k <= NADDRS; k++)
        {
          if (k != i)
            {
              CHECK_EQ(nx_accept4(fd[k], NULL, NULL, SOCK_NONBLOCK),
                       -EAGAIN);
            }
        }

      conn = nx_accept4(fd[i], NULL, NULL, SOCK_NONBLOCK);
      CHECK(conn >= 0);
      CHECK_EQ(nx_getsockname(conn, (struct sockaddr *)&sin, &len), 0);
      CHECK_EQ(ntohl(sin.sin_addr.s_addr), addr);
      CHECK_EQ(nx_close(conn), 0);
      CHECK_EQ(nx_close(client), 0);
    }

  for (i = 0; i <= NADDRS; i++)
    {
      CHECK_EQ(nx_close(fd[i]), 0);
    }
}

/* Waiting ******************************************************************/

#define NWAITERS 32

static struct sock_intf_s g_counted; /* As UDP's, but its reads count */
static ssize_t (*g_recvmsg)(struct socket *psock, struct sock_msg_s *msg,
                            int flags);
static unsigned int g_reads;
static unsigned int g_got;
static struct socket *g_shared;

static ssize_t counting_recvmsg(struct socket *psock,
                                struct sock_msg_s *msg, int flags)
{
  g_reads++;
  return g_recvmsg(psock, msg, flags);
}

static void waiter(void *arg)
{
  char c;

  (void)arg;
  CHECK_EQ(psock_recvfrom(g_shared, &c, 1, 0, NULL, NULL), 1);
  g_got++;
}

/* Tasks wait for datagrams on one socket: each that comes wakes one, who
 * asks once and gets it.  None is woken for nothing, none is left asleep.
 */

static void waiters(void)
{
  struct sockaddr_in sin = address(INADDR_LOOPBACK, 5000);
  struct socket *sender = NULL;
  int pid[NWAITERS];
  unsigned int i;

  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &g_shared), 0);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &sender), 0);
  CHECK_EQ(psock_bind(g_shared, (struct sockaddr *)&sin, sizeof(sin)), 0);
  g_counted = *g_shared->s_sockif;
  g_recvmsg = g_counted.si_recvmsg;
  g_counted.si_recvmsg = counting_recvmsg;
  g_shared->s_sockif   = &g_counted;
  g_reads = 0;
  g_got   = 0;
  for (i = 0; i < NWAITERS; i++)
    {
      pid[i] = stack_task("waiter", waiter, NULL);
    }

  stack_sleep(NET_SEC);
  CHECK_EQ(g_reads, NWAITERS);       /* Each has asked once, in vain */
  for (i = 0; i < NWAITERS; )
    {
      unsigned int burst = 1 + i % 3;

      for (; burst > 0 && i < NWAITERS; burst--, i++)
        {
          CHECK_EQ(psock_sendto(sender, "x", 1, 0, (struct sockaddr *)&sin,
                                sizeof(sin)), 1);
        }

      stack_sleep(NET_MSEC);
      CHECK_EQ(g_got, i);
      CHECK_EQ(g_reads, NWAITERS + i);
    }

  for (i = 0; i < NWAITERS; i++)
    {
      stack_join(pid[i]);
    }

  CHECK_EQ(psock_close(g_shared), 0);
  CHECK_EQ(psock_close(sender), 0);
}

/* Memory of the pool *******************************************************/

static void datagram(struct pkt_s *pkt, uint16_t port)
{
  static const uint8_t data[500];

  memset(pkt, 0, sizeof(*pkt));
  pkt_from(&g_wire, 2, pkt);
  pkt->proto = IPPROTO_UDP;
  pkt->sport = 1000;
  pkt->dport = port;
  pkt->data  = data;
  pkt->len   = sizeof(data);
}

/* A program that only receives UDP causes no transmit allocation: the pool
 * hands out what the driver fills, and nothing else.
 */

static void receive_only(void)
{
  struct sockaddr_in sin = address(INADDR_ANY, 5000);
  struct socket *sock = NULL;
  struct iob_info_s before;
  struct iob_info_s after;
  struct pkt_s pkt;
  char data[600];
  unsigned int i;

  setup_remote(PORT);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &sock), 0);
  CHECK_EQ(psock_bind(sock, (struct sockaddr *)&sin, sizeof(sin)), 0);
  datagram(&pkt, 5000);
  iob_getinfo(&before);
  for (i = 0; i < 1000; i++)
    {
      pkt_rx(&g_wire, &pkt);
      iob_getinfo(&after);
      CHECK_EQ(after.class_used[IOB_CLASS_TX], 0);
      CHECK_EQ(after.class_used[IOB_CLASS_CTRL], 0);
      CHECK_EQ(psock_recvfrom(sock, data, sizeof(data), MSG_DONTWAIT, NULL,
                              NULL), 500);
    }

  iob_getinfo(&after);
  CHECK_EQ(after.nalloc - before.nalloc, 1000);
  CHECK_EQ(after.ncopy, before.ncopy);
  CHECK_EQ(after.used, before.used);
  CHECK_EQ(g_wire.head, g_wire.tail);
  CHECK_EQ(psock_close(sock), 0);
}

/* Frames that no socket wants: all is given back, at once or, where a whole
 * may come of it, after its time.
 */

static void unwanted_one(unsigned int i)
{
  static uint8_t frame[2048];
  struct pkt_s pkt;
  unsigned int len;

  datagram(&pkt, (uint16_t)(1 + (unsigned int)rand() % 65535));
  switch (i % 10)
    {
      case 0:
        break;                       /* Nobody on that port */

      case 1:
        pkt.proto = IPPROTO_TCP;
        pkt.flags = (uint8_t)rand() & 0x3f;
        break;

      case 2:
        pkt.proto = 143;             /* No such protocol */
        break;

      case 3:
        pkt.dst = 0xe0000155;        /* A group we are not in */
        break;

      case 4:
        pkt.dst = 0x0a0000ff;        /* Broadcast */
        memset(pkt.dmac, 0xff, 6);
        break;

      case 5:
        pkt.dst = 0x08080808;        /* Not ours, and we do not forward */
        break;

      case 6:
        pkt.ethertype = 0x88cc;
        break;

      case 7:
        pkt.mf    = true;            /* The rest never comes */
        pkt.ident = (uint16_t)i;
        pkt.len   = 496;
        break;

      case 8:
        pkt.proto = IPPROTO_ICMP;
        pkt.type  = 0;               /* An answer to nothing */
        break;

      default:
        pkt.dmac[5] ^= 0x55;         /* For another station */
        break;
    }

  len = pkt_write(&pkt, frame);
  if (i % 10 == 0 && i % 20 != 0)
    {
      frame[(unsigned int)rand() % len] ^= 1 << (rand() & 7);
    }

  if (i % 30 == 0)
    {
      len = (unsigned int)rand() % len;
    }

  wire_rx(&g_wire, frame, len);
}

static void unwanted(void)
{
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int i;

  setup_remote(PORT);
  iob_getinfo(&before);
  for (i = 0; i < 20000; i++)
    {
      unwanted_one(i);
      wire_flush(&g_wire);
      if (i % 1000 == 999)
        {
          stack_sleep(NET_SEC);
        }
    }

  stack_sleep(120 * NET_SEC);
  iob_getinfo(&after);
  CHECK_EQ(after.used, before.used);
  CHECK_EQ(after.views_used, before.views_used);
  CHECK_EQ(iob_check(), 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    srand(1); \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(at_rest)
SCENARIO(rest_and_wake)
SCENARIO(wake_without_memory)
SCENARIO(restless)
SCENARIO(listeners)
SCENARIO(many_addresses)
SCENARIO(waiters)
SCENARIO(receive_only)
SCENARIO(unwanted)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_at_rest),
    cmocka_unit_test(test_rest_and_wake),
    cmocka_unit_test(test_wake_without_memory),
    cmocka_unit_test(test_restless),
    cmocka_unit_test(test_listeners),
    cmocka_unit_test(test_many_addresses),
    cmocka_unit_test(test_waiters),
    cmocka_unit_test(test_receive_only),
    cmocka_unit_test(test_unwanted),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
