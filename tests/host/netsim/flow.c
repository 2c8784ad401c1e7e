/* tests/host/netsim/flow.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The programs of the nodes.  A flow has two ends, client and server, which
 * send a known stream of bytes at each other as their plans say, and check
 * every byte that they get.
 *
 * They are driven by events alone: an end that was answered -EAGAIN does not
 * try again until it is told (nxnet_told()).  That a socket is ready and
 * nobody was told is a failure.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "netsim.h"

#define PORT(element)  ((uint16_t)(5000 + (element)))
#define RETRY          (50 * MSEC)   /* After there was no memory */
#define DEAD_TIME      (1200 * SEC)  /* The patience with a dead peer */
#define UNTOLD_TIME    (1 * SEC)
#define UNTOLD_FLYING  (30 * SEC)    /* ... if an ACK is to come */
#define STALL_CLEAN    (300 * SEC)   /* A flow may stand for so long */
#define STALL_LOSSY    (1200 * SEC)
#define UDP_PATIENCE   (3 * SEC)
#define PATTERN        65521u        /* A prime */
#define BUFSIZE        131072
#define FOR_READER     (POLLIN | POLLRDHUP | POLLHUP | POLLERR)
#define FOR_WRITER     (POLLOUT | POLLHUP | POLLERR)

struct side_s
{
  unsigned int node;
  int listener;
  int sock;                          /* -1: none (yet, or any more) */
  bool started;
  bool connecting;
  bool open;
  bool readable;
  bool writable;
  bool eof;
  bool shut;
  bool over;                         /* It has closed, or is dead */
  bool dead;                         /* Its node crashed */
  int error;
  uint32_t sent;
  uint32_t rcvd;
  uint64_t next_read;
  uint64_t next_send;
  uint64_t over_since;
  uint64_t untold_since;             /* Ready; NXNET_NEVER: not */
};

struct flow_s
{
  bool begun;
  uint64_t score;                    /* What both ends have done */
  uint64_t moved;                    /* When that last changed */
  struct side_s side[2];
};

static struct flow_s g_flow[MAX_ELEMENTS];
static uint8_t g_pattern[PATTERN + BUFSIZE];
static uint8_t g_buf[BUFSIZE];

void flow_reset(void)
{
  struct rnd_s rnd;
  unsigned int i;

  memset(g_flow, 0, sizeof(g_flow));
  if (g_pattern[0] != 0)
    {
      return;
    }

  rnd_begin(&rnd, 1, 1);
  for (i = 0; i < PATTERN; i++)
    {
      g_pattern[i] = (uint8_t)(rnd_next(&rnd) | (i == 0));
    }

  for (; i < sizeof(g_pattern); i++)
    {
      g_pattern[i] = g_pattern[i - PATTERN];
    }
}

/* The bytes that one side of a flow sends, from an offset on */

static const uint8_t *pattern(unsigned int element, unsigned int side,
                              uint32_t offset)
{
  return g_pattern + ((uint64_t)offset + element * 7919u + side * 31337u) %
         PATTERN;
}

bool flow_wrote(const struct world_s *world, unsigned int sport,
                unsigned int dport, uint32_t offset, const uint8_t *data,
                size_t len)
{
  unsigned int server = sport >= PORT(0) && sport < PORT(MAX_ELEMENTS);
  unsigned int element = (server ? sport : dport) - PORT(0);

  return element < world->plan->nelements &&
         memcmp(pattern(element, server, offset), data, len) == 0;
}

static const struct flowplan_s *plan_of(const struct world_s *world,
                                        unsigned int element)
{
  return &world->plan->element[element].flow;
}

/* With losses a connection may end by itself, after RFC 9293's R2: a closed
 * one without telling anybody.
 */

static bool gave_up(const struct world_s *world, unsigned int node)
{
  uint64_t value = 0;

  if (world->plan->lossy && !world->off[node])
    {
      nxnet_counter(world->node[node], "tcp.tcptimeouts", &value);
    }

  return value > 0;
}

static bool excused(const struct world_s *world, unsigned int element)
{
  const struct flowplan_s *plan = plan_of(world, element);

  return plan_disturbed(world->plan, plan) ||
         plan->end[0].abort_at + plan->end[1].abort_at > 0 ||
         plan->end[0].early_close || plan->end[1].early_close ||
         gave_up(world, plan->client) || gave_up(world, plan->server);
}

static bool no_memory(int ret)
{
  return ret == -ENOMEM || ret == -ENOBUFS;
}

/* Ends *********************************************************************/

static void end_close(struct world_s *world, struct side_s *side)
{
  struct nxnet_s *nx = world->node[side->node];

  if (side->sock >= 0)
    {
      nxnet_close(nx, side->sock);
    }

  if (side->listener >= 0)
    {
      nxnet_close(nx, side->listener);
    }

  side->sock     = -1;
  side->listener = -1;
  side->over     = true;
  side->open     = false;
  side->over_since = world->now;
}

static void end_error(struct world_s *world, unsigned int element,
                      unsigned int n, int error, const char *what)
{
  struct side_s *side = &g_flow[element].side[n];
  bool lossy = world->plan->lossy;
  bool lost = (error == -EHOSTUNREACH && (lossy || world->plan->slow)) ||
              (error == -ETIMEDOUT && lossy);

  world_trace(world, "flow %u side %u: %s: %s", element, n, what,
              strerror(-error));
  world_mix(world, (uint64_t)-error);
  side->error = error;
  if (!excused(world, element) && !lost && !plan_of(world, element)->udp)
    {
      world_fail(world, "flow %u, %s: %s: %s, and there is no reason for it "
                 "(%u bytes sent, %u received)", element,
                 n == 0 ? "client" : "server", what, strerror(-error),
                 side->sent, side->rcvd);
    }

  end_close(world, side);
}

static void set(struct world_s *world, struct side_s *side, int level,
                int option, int value)
{
  nxnet_setsockopt(world->node[side->node], side->sock, level, option,
                   &value, sizeof(value));
}

static void options(struct world_s *world, struct side_s *side,
                    const struct endplan_s *plan)
{
  if (plan->nodelay)
    {
      set(world, side, IPPROTO_TCP, TCP_NODELAY, 1);
    }

  if (plan->cork)
    {
      set(world, side, IPPROTO_TCP, TCP_CORK, 1);
    }

  if (plan->sndbuf > 0)
    {
      set(world, side, SOL_SOCKET, SO_SNDBUF, plan->sndbuf);
    }

  if (plan->rcvbuf > 0)
    {
      set(world, side, SOL_SOCKET, SO_RCVBUF, plan->rcvbuf);
    }

  if (plan->cubic)
    {
      nxnet_setsockopt(world->node[side->node], side->sock, IPPROTO_TCP,
                       TCP_CONGESTION, "cubic", 5);
    }
}

/* How much may have been sent by now */

static uint32_t allowed(const struct flowplan_s *plan, unsigned int n,
                        const struct side_s *side)
{
  const struct endplan_s *end = &plan->end[n];
  uint64_t most = end->total;

  switch (end->gate)
    {
      case GATE_ECHO:
        most = side->rcvd;
        break;

      case GATE_REQUEST:
        most = ((uint64_t)side->rcvd / plan->response + 1) * plan->request;
        break;

      case GATE_RESPONSE:
        most = (uint64_t)side->rcvd / plan->request * plan->response;
        break;

      case GATE_LATER:
        most = side->eof ? end->total : 0;
        break;

      default:
        break;
    }

  return (uint32_t)(most < end->total ? most : end->total);
}

/* Receiving and sending ****************************************************/

static ssize_t do_recv(struct world_s *world, struct side_s *side,
                       const struct endplan_s *plan, size_t len)
{
  struct iovec iov[2] =
  {
    { g_buf, len / 3 }, { g_buf + len / 3, len - len / 3 }
  };

  struct msghdr msg =
  {
    .msg_iov    = iov,
    .msg_iovlen = 2,
  };

  return plan->iovec ?
         nxnet_recvmsg(world->node[side->node], side->sock, &msg, 0) :
         nxnet_recv(world->node[side->node], side->sock, g_buf, len, 0);
}

static ssize_t do_send(struct world_s *world, struct side_s *side,
                       const struct endplan_s *plan, const uint8_t *data,
                       size_t len)
{
  struct iovec iov[2] =
  {
    { (void *)(uintptr_t)data, len / 3 },
    { (void *)(uintptr_t)(data + len / 3), len - len / 3 }
  };

  struct msghdr msg =
  {
    .msg_iov    = iov,
    .msg_iovlen = 2,
  };

  return plan->iovec ?
         nxnet_sendmsg(world->node[side->node], side->sock, &msg, 0) :
         nxnet_send(world->node[side->node], side->sock, data, len, 0);
}

/* What came must be what the other side sends, in its order, and not more
 * than it has sent.
 */

static void verify(struct world_s *world, unsigned int element,
                   unsigned int n, size_t len)
{
  struct side_s *side = &g_flow[element].side[n];
  const struct side_s *peer = &g_flow[element].side[!n];
  const uint8_t *want = pattern(element, !n, side->rcvd);
  size_t i;

  if (memcmp(g_buf, want, len) != 0)
    {
      for (i = 0; g_buf[i] == want[i]; i++);
      world_fail(world, "flow %u, %s: byte %zu of the stream is %02x and not "
                 "%02x", element, n == 0 ? "client" : "server",
                 side->rcvd + i, g_buf[i], want[i]);
    }

  side->rcvd += (uint32_t)len;
  world->result->bytes += len;
  world_mix(world, len);
  if (!peer->dead && side->rcvd > peer->sent)
    {
      world_fail(world, "flow %u, %s: %u bytes received of %u sent", element,
                 n == 0 ? "client" : "server", side->rcvd, peer->sent);
    }
}

static void do_abort(struct world_s *world, unsigned int element,
                     unsigned int n)
{
  struct linger linger =
  {
    1, 0
  };

  struct side_s *side = &g_flow[element].side[n];

  world_trace(world, "flow %u side %u resets", element, n);
  nxnet_setsockopt(world->node[side->node], side->sock, SOL_SOCKET,
                   SO_LINGER, &linger, sizeof(linger));
  end_close(world, side);
}

/* True: the end is still there */

static bool reading(struct world_s *world, unsigned int element,
                    unsigned int n)
{
  const struct endplan_s *plan = &plan_of(world, element)->end[n];
  struct side_s *side = &g_flow[element].side[n];

  while (!side->eof && side->readable && world->now >= side->next_read)
    {
      ssize_t len = do_recv(world, side, plan, plan->readsize);

      if (len > 0)
        {
          verify(world, element, n, (size_t)len);
          if (plan->readpace > 0)
            {
              side->next_read = world->now + plan->readpace;
              world_wake(world, side->next_read, element, n);
            }

          if (plan->abort_at > 0 && side->rcvd >= plan->abort_at)
            {
              do_abort(world, element, n);
              return false;
            }
        }
      else if (len == 0)
        {
          side->eof = true;
        }
      else if (len == -EAGAIN)
        {
          side->readable = false;
        }
      else
        {
          end_error(world, element, n, (int)len, "recv");
          return false;
        }
    }

  return true;
}

static bool writing(struct world_s *world, unsigned int element,
                    unsigned int n)
{
  const struct flowplan_s *flow = plan_of(world, element);
  const struct endplan_s *plan = &flow->end[n];
  struct side_s *side = &g_flow[element].side[n];
  uint32_t most = allowed(flow, n, side);

  while (side->sent < most && side->writable &&
         world->now >= side->next_send)
    {
      uint32_t want = most - side->sent;
      ssize_t len;

      want = want < plan->chunk ? want : plan->chunk;
      want = want < BUFSIZE ? want : BUFSIZE;
      len  = do_send(world, side, plan, pattern(element, n, side->sent),
                     want);
      if (len > (ssize_t)want || len == 0)
        {
          world_fail(world, "flow %u: send() of %u bytes says %zd", element,
                     want, len);
          return false;
        }
      else if (len > 0)
        {
          side->sent += (uint32_t)len;
          if (plan->sendpace > 0)
            {
              side->next_send = world->now + plan->sendpace;
              world_wake(world, side->next_send, element, n);
            }
        }
      else if (len == -EAGAIN)
        {
          side->writable = false;
        }
      else if (len == -ENOMEM || len == -ENOBUFS)
        {
          side->next_send = world->now + RETRY;
          world_wake(world, side->next_send, element, n);
        }
      else
        {
          end_error(world, element, n, (int)len, "send");
          return false;
        }
    }

  return true;
}

static void progress(struct world_s *world, unsigned int element,
                     unsigned int n)
{
  const struct flowplan_s *flow = plan_of(world, element);
  struct side_s *side = &g_flow[element].side[n];
  const struct endplan_s *plan = &flow->end[n];
  uint32_t sent;

  if (!side->open)
    {
      return;
    }

  do                                 /* Reading may allow writing */
    {
      sent = side->sent;
      if (!reading(world, element, n) || !writing(world, element, n))
        {
          return;
        }
    }
  while (side->sent != sent);

  /* All is sent; or what was to be answered will not come any more */

  if (!side->shut &&
      (side->sent == plan->total ||
       (side->eof && side->sent == allowed(flow, n, side))))
    {
      if (plan->early_close)
        {
          end_close(world, side);
          return;
        }

      int ret = nxnet_shutdown(world->node[side->node], side->sock, SHUT_WR);

      if (ret < 0 && !no_memory(ret))
        {
          end_error(world, element, n, ret, "shutdown");
          return;
        }

      side->shut = ret >= 0;
      if (!side->shut)
        {
          side->next_send = world->now + RETRY;
          world_wake(world, side->next_send, element, n);
        }
    }

  if (side->shut && side->eof)
    {
      end_close(world, side);
    }
}

/* UDP **********************************************************************/

struct dgram_s
{
  uint32_t element;
  uint32_t number;
};

static void udp_read(struct world_s *world, unsigned int element,
                     unsigned int n)
{
  struct side_s *side = &g_flow[element].side[n];
  struct nxnet_s *nx = world->node[side->node];
  struct sockaddr_in from;
  struct dgram_s head;
  socklen_t fromlen = sizeof(from);
  ssize_t len;

  while ((len = nxnet_recvfrom(nx, side->sock, g_buf, sizeof(g_buf), 0,
                               (struct sockaddr *)&from, &fromlen)) >= 0)
    {
      memcpy(&head, g_buf, sizeof(head));
      if (len < (ssize_t)sizeof(head) || head.element != element ||
          memcmp(g_buf + sizeof(head), pattern(element, 0, head.number),
                 (size_t)len - sizeof(head)) != 0)
        {
          world_fail(world, "flow %u: a datagram of %zd bytes that nobody "
                     "sent", element, len);
          return;
        }

      side->rcvd++;
      world->result->bytes += (uint64_t)len;
      if (n == 1)
        {
          nxnet_sendto(nx, side->sock, g_buf, (size_t)len, 0,
                       (struct sockaddr *)&from, fromlen);
        }

      fromlen = sizeof(from);
    }
}

static void udp_send(struct world_s *world, unsigned int element)
{
  const struct flowplan_s *flow = plan_of(world, element);
  struct side_s *side = &g_flow[element].side[0];
  struct dgram_s head;
  size_t len;

  if (side->over || world->now < side->next_send)
    {
      return;
    }

  if (side->sent == flow->datagrams)
    {
      end_close(world, side);
      if (!g_flow[element].side[1].dead)
        {
          end_close(world, &g_flow[element].side[1]);
        }

      return;
    }

  head.element = element;
  head.number  = side->sent;
  len = sizeof(head) + (side->sent * 257u) % flow->dgram_size;
  memcpy(g_buf, &head, sizeof(head));
  memcpy(g_buf + sizeof(head), pattern(element, 0, head.number),
         len - sizeof(head));
  nxnet_send(world->node[side->node], side->sock, g_buf, len, 0);
  side->sent++;
  side->next_send = world->now + (side->sent == flow->datagrams ?
                    UDP_PATIENCE : MSEC + flow->end[0].sendpace);
  world_wake(world, side->next_send, element, 0);
}

/* The beginning ************************************************************/

static int try_listen(struct world_s *world, unsigned int element)
{
  struct side_s *side = &g_flow[element].side[1];
  struct nxnet_s *nx = world->node[side->node];
  bool udp = plan_of(world, element)->udp;
  struct sockaddr_in addr =
  {
    .sin_family = AF_INET,
    .sin_port   = htons(PORT(element)),
  };

  int sock = nxnet_socket(nx, AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  int ret;

  if (sock < 0)
    {
      return sock;
    }

  if (sabotage_now(world, SABOTAGE_LEAK, element))
    {
      nxnet_socket(nx, AF_INET, SOCK_DGRAM, 0);
    }

  if (udp)
    {
      side->sock = sock;
    }
  else
    {
      side->listener = sock;
      side->sock     = sock;
      options(world, side, &plan_of(world, element)->end[1]);
      side->sock     = -1;
    }

  ret = nxnet_bind(nx, sock, (struct sockaddr *)&addr, sizeof(addr));
  ret = ret < 0 || udp ? ret : nxnet_listen(nx, sock, 4);
  if (ret < 0)
    {
      side->sock     = -1;
      side->listener = -1;
      nxnet_close(nx, sock);
    }

  side->open = ret >= 0 && udp;
  return ret;
}

static int try_connect(struct world_s *world, unsigned int element)
{
  const struct flowplan_s *flow = plan_of(world, element);
  struct side_s *side = &g_flow[element].side[0];
  struct nxnet_s *nx = world->node[side->node];
  struct sockaddr_in addr =
  {
    .sin_family      = AF_INET,
    .sin_port        = htons(PORT(element)),
    .sin_addr.s_addr = htonl(world_addr(world, flow->server,
                             flow->client == 0 ? 0 : (flow->client - 1) %
                             2)),
  };

  int ret;

  side->sock = nxnet_socket(nx, AF_INET,
                            flow->udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  if (side->sock < 0)
    {
      return side->sock;
    }

  if (!flow->udp)
    {
      options(world, side, &flow->end[0]);
    }

  ret = nxnet_connect(nx, side->sock, (struct sockaddr *)&addr,
                      sizeof(addr));
  world_trace(world, "flow %u: connect() says %d, poll %x", element, ret,
              (unsigned int)nxnet_poll(nx, side->sock));
  side->connecting = ret == -EINPROGRESS;
  side->open       = ret == 0;
  side->readable   = side->writable = ret == 0;
  if (ret < 0 && ret != -EINPROGRESS)
    {
      nxnet_close(nx, side->sock);
      side->sock = -1;
      return ret;
    }

  return 0;
}

/* Server first.  Both are tried again if there is no memory now */

static void begin(struct world_s *world, unsigned int element)
{
  struct flow_s *flow = &g_flow[element];
  int ret = 0;

  if (!flow->side[1].started && !flow->side[1].over)
    {
      ret = try_listen(world, element);
      flow->side[1].started = ret >= 0;
    }

  if (ret >= 0 && !flow->side[0].started && !flow->side[0].over)
    {
      ret = try_connect(world, element);
      flow->side[0].started = ret >= 0;
    }

  if (no_memory(ret))
    {
      world_wake(world, world->now + RETRY, element, 0);
    }
  else if (ret < 0)
    {
      end_error(world, element, flow->side[1].started ? 0 : 1, ret,
                "begin");
      if (!flow->side[1].over)
        {
          end_close(world, &flow->side[1]);
        }
    }
}

void flow_start(struct world_s *world, unsigned int element)
{
  const struct flowplan_s *plan = plan_of(world, element);
  struct flow_s *flow = &g_flow[element];
  unsigned int n;

  flow->begun = true;
  flow->moved = world->now;
  for (n = 0; n < 2; n++)
    {
      struct side_s *side = &flow->side[n];

      memset(side, 0, sizeof(*side));
      side->node     = n == 0 ? plan->client : plan->server;
      side->sock     = -1;
      side->listener = -1;
      side->untold_since = NXNET_NEVER;
    }

  if (world->off[plan->client] || world->off[plan->server])
    {
      flow->side[0].over = flow->side[1].over = true;
      return;
    }

  nxnet_advance(world->node[plan->client], world->now);
  nxnet_advance(world->node[plan->server], world->now);
  begin(world, element);
  if (plan->udp)
    {
      world_wake(world, world->now + MSEC, element, 0);
    }
}

void flow_wake(struct world_s *world, unsigned int element, unsigned int n)
{
  struct flow_s *flow = &g_flow[element];
  struct side_s *side = &flow->side[n];

  if (!world->off[flow->side[0].node])
    {
      nxnet_advance(world->node[flow->side[0].node], world->now);
    }

  if (!world->off[flow->side[1].node])
    {
      nxnet_advance(world->node[flow->side[1].node], world->now);
    }

  if ((!flow->side[0].started && !flow->side[0].over) ||
      (!flow->side[1].started && !flow->side[1].over))
    {
      begin(world, element);
      if (plan_of(world, element)->udp)
        {
          world_wake(world, world->now + RETRY, element, 0);
        }
    }
  else if (side->over)
    {
      return;
    }
  else if (plan_of(world, element)->udp)
    {
      udp_send(world, element);
    }
  else
    {
      progress(world, element, n);
    }
}

/* Told *********************************************************************/

static void do_accept(struct world_s *world, unsigned int element)
{
  struct side_s *side = &g_flow[element].side[1];
  struct nxnet_s *nx = world->node[side->node];
  int sock = nxnet_accept(nx, side->listener, NULL, NULL);

  if (no_memory(sock))
    {
      world_wake(world, world->now + RETRY, element, 1);
      return;
    }

  if (sock < 0)
    {
      side->readable = sock != -EAGAIN && side->readable;
      return;
    }

  side->sock     = sock;
  side->open     = true;
  side->readable = side->writable = true;
  nxnet_close(nx, side->listener);
  side->listener = -1;
  progress(world, element, 1);
}

static void connected(struct world_s *world, unsigned int element)
{
  struct side_s *side = &g_flow[element].side[0];
  int error = 0;
  socklen_t len = sizeof(error);

  nxnet_getsockopt(world->node[side->node], side->sock, SOL_SOCKET,
                   SO_ERROR, &error, &len);
  side->connecting = false;
  if (error != 0)
    {
      end_error(world, element, 0, -error, "connect");
      return;
    }

  side->open     = true;
  side->readable = side->writable = true;
}

static void serve_end(struct world_s *world, unsigned int element,
                      unsigned int n)
{
  struct side_s *side = &g_flow[element].side[n];
  struct nxnet_s *nx = world->node[side->node];
  int told;

  if (side->listener >= 0 && side->sock < 0)
    {
      if (nxnet_told(nx, side->listener) != 0 ||
          (nxnet_poll(nx, side->listener) & POLLIN) != 0)
        {
          do_accept(world, element);
        }

      return;
    }

  told = side->sock >= 0 ? nxnet_told(nx, side->sock) : 0;
  if (n == 1 && sabotage_now(world, SABOTAGE_DEAF, element))
    {
      told = 0;
    }

  if (told <= 0)
    {
      return;
    }

  world_mix(world, (uint64_t)told << 8 | element);
  if (plan_of(world, element)->udp)
    {
      udp_read(world, element, n);
      return;
    }

  if (side->connecting)              /* Being told is not being connected */
    {
      if ((nxnet_poll(nx, side->sock) & FOR_WRITER) == 0)
        {
          return;
        }

      connected(world, element);
    }

  side->readable |= (told & FOR_READER) != 0;
  side->writable |= (told & FOR_WRITER) != 0;
  progress(world, element, n);
}

/* How long a socket may be ready and nobody was told.  For a moment that may
 * be: what is left of the pool for one connection depends on the others, and
 * so does POLLOUT.  A writer with data under way is told by its next ACK.
 */

static uint64_t untold_bound(struct world_s *world, const struct side_s *side,
                             int poll)
{
  struct nxnet_tcp_s tcp;

  return (side->readable || side->eof || (poll & POLLIN) == 0) &&
         nxnet_tcp(world->node[side->node], side->sock, &tcp) == 0 &&
         tcp.snd_una != tcp.snd_max ? UNTOLD_FLYING : UNTOLD_TIME;
}

static void check_told(struct world_s *world, unsigned int element,
                       unsigned int n)
{
  struct side_s *side = &g_flow[element].side[n];
  int poll;

  if (!side->open || plan_of(world, element)->udp)
    {
      return;
    }

  poll = nxnet_poll(world->node[side->node], side->sock);
  if ((side->readable || side->eof || (poll & POLLIN) == 0) &&
      (side->writable || (poll & POLLOUT) == 0))
    {
      side->untold_since = NXNET_NEVER;
    }
  else if (side->untold_since == NXNET_NEVER)
    {
      side->untold_since = world->now;
    }
  else if (world->now - side->untold_since > untold_bound(world, side, poll))
    {
      world_fail(world, "flow %u, %s: the socket has been ready (%x) for "
                 "%.3f s and nobody was told", element,
                 n == 0 ? "client" : "server", (unsigned int)poll,
                 (double)(world->now - side->untold_since) / 1e9);
    }
}

void flow_node(struct world_s *world, unsigned int node)
{
  bool quiet = nxnet_next(world->node[node]) > world->now;
  unsigned int i;
  unsigned int n;

  for (i = 0; i < world->plan->nelements; i++)
    {
      for (n = 0; n < 2 && g_flow[i].begun; n++)
        {
          struct side_s *side = &g_flow[i].side[n];

          if (side->node == node && !side->over)
            {
              serve_end(world, i, n);
              if (quiet && nxnet_next(world->node[node]) > world->now)
                {
                  check_told(world, i, n);
                }
            }
        }
    }
}

/* The end ******************************************************************/

void flow_crash(struct world_s *world, unsigned int node)
{
  unsigned int i;
  unsigned int n;

  for (i = 0; i < world->plan->nelements; i++)
    {
      for (n = 0; n < 2 && g_flow[i].begun; n++)
        {
          struct side_s *side = &g_flow[i].side[n];

          if (side->node == node && !side->over)
            {
              side->sock       = -1;
              side->listener   = -1;
              side->open       = false;
              side->over       = true;
              side->dead       = true;
            }
        }
    }
}

/* One may wait for ever: with a peer that is gone for good; for a call when
 * the one call there would have been has come to nothing; and with a peer
 * that has reset, as nobody sends a RST that was lost once more (and in
 * CLOSING and LAST-ACK there is none, RFC 9293 3.10.5).
 */

static bool waits_for_nobody(const struct world_s *world,
                             unsigned int element, unsigned int n)
{
  const struct side_s *side = &g_flow[element].side[n];
  const struct side_s *peer = &g_flow[element].side[!n];
  uint64_t crash = plan_crash(world->plan, peer->node);

  return (crash > 0 &&
          world->now > world->plan->epoch + crash + DEAD_TIME) ||
         (peer->over && world->now > peer->over_since + DEAD_TIME &&
          excused(world, element)) ||
         (side->sock < 0 && side->listener >= 0 && peer->over &&
          (peer->error != 0 || excused(world, element)));
}

bool flow_done(struct world_s *world, char *why, size_t size)
{
  unsigned int i;
  unsigned int n;

  for (i = 0; i < world->plan->nelements; i++)
    {
      const struct flow_s *flow = &g_flow[i];

      if (world->plan->element[i].dropped || world->plan->element[i].is_fault)
        {
          continue;
        }

      for (n = 0; n < 2; n++)
        {
          const struct side_s *side = &flow->side[n];

          if (!flow->begun ||
              (!side->over &&
               !waits_for_nobody(world, i, n)))
            {
              snprintf(why, size, "flow %u, %s: %s, %u bytes sent, %u "
                       "received%s%s", i, n == 0 ? "client" : "server",
                       !flow->begun ? "not begun" : side->open ? "open" :
                       side->connecting ? "connecting" : "waiting",
                       side->sent, side->rcvd, side->shut ? ", shut" : "",
                       side->eof ? ", at the end" : "");
              return false;
            }
        }
    }

  return true;
}

/* Progress within a bound of virtual time, for flows that no fault touches.
 * With losses the bound is beyond that of RFC 9293's R2, when a connection
 * ends.
 */

static void patience(struct world_s *world, unsigned int element)
{
  struct flow_s *flow = &g_flow[element];
  const struct side_s *side = flow->side;
  uint64_t bound = world->plan->lossy ? STALL_LOSSY : STALL_CLEAN;
  uint64_t score = 0;
  unsigned int n;

  for (n = 0; n < 2; n++)
    {
      score += (uint64_t)side[n].sent + side[n].rcvd + side[n].started +
               side[n].open + side[n].eof + side[n].shut + side[n].over;
    }

  if (score != flow->score || (side[0].over && side[1].over))
    {
      flow->score = score;
      flow->moved = world->now;
    }
  else if (world->now - flow->moved > bound && !excused(world, element))
    {
      world_fail(world, "flow %u has not moved for %.0f s: the client %s, "
                 "%u sent, %u received, the server %s, %u sent, %u received",
                 element, (double)(world->now - flow->moved) / 1e9,
                 side[0].over ? "is over" : "is there", side[0].sent,
                 side[0].rcvd, side[1].over ? "is over" : "is there",
                 side[1].sent, side[1].rcvd);
    }
}

void flow_patience(struct world_s *world)
{
  unsigned int i;

  for (i = 0; i < world->plan->nelements; i++)
    {
      if (g_flow[i].begun)
        {
          patience(world, i);
        }
    }
}

void flow_verdict(struct world_s *world)
{
  unsigned int i;

  for (i = 0; i < world->plan->nelements; i++)
    {
      const struct flowplan_s *plan = plan_of(world, i);
      const struct side_s *side = g_flow[i].side;

      if (world->plan->element[i].dropped ||
          world->plan->element[i].is_fault || plan->udp ||
          excused(world, i) || side[0].error != 0 || side[1].error != 0)
        {
          continue;
        }

      if (side[0].rcvd != side[1].sent || side[1].rcvd != side[0].sent ||
          side[0].sent != plan->end[0].total ||
          side[1].sent != plan->end[1].total)
        {
          world_fail(world, "flow %u: the client sent %u of %u and received "
                     "%u, the server sent %u of %u and received %u", i,
                     side[0].sent, plan->end[0].total, side[0].rcvd,
                     side[1].sent, plan->end[1].total, side[1].rcvd);
        }
    }
}

void flow_close(struct world_s *world)
{
  unsigned int i;
  unsigned int n;

  for (i = 0; i < world->plan->nelements; i++)
    {
      for (n = 0; n < 2 && g_flow[i].begun; n++)
        {
          struct side_s *side = &g_flow[i].side[n];

          if (!side->over)
            {
              nxnet_advance(world->node[side->node], world->now);
              end_close(world, side);
            }
        }
    }
}
