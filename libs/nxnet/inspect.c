/* libs/nxnet/inspect.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Looking inside a node: counters, TCP connections, and whether all is well.
 *
 * Changes of state.  The linker hands every call of tcp_set_state() that
 * another file of the stack makes to __wrap_tcp_set_state() here, which
 * holds it against the figure of RFC 9293 3.3.2.  (tcp_conn.c's own calls
 * are SYN-SENT from CLOSED, and CLOSED, which may come at any time.)
 */

#include "node.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/net/net.h>

#include "conn.h"
#include "tcp.h"

#define BIT(state) (1u << (state))

/* From where each state may be entered */

static const uint16_t g_from[] =
{
  [TCPS_ESTABLISHED] = BIT(TCPS_SYN_SENT) | BIT(TCPS_SYN_RCVD),
  [TCPS_SYN_SENT]    = BIT(TCPS_CLOSED),
  [TCPS_SYN_RCVD]    = BIT(TCPS_CLOSED) | BIT(TCPS_SYN_SENT) |
                       BIT(TCPS_LISTEN),
  [TCPS_FIN_WAIT_1]  = BIT(TCPS_ESTABLISHED) | BIT(TCPS_SYN_RCVD),
  [TCPS_FIN_WAIT_2]  = BIT(TCPS_FIN_WAIT_1) | BIT(TCPS_FIN_WAIT_2),
  [TCPS_TIME_WAIT]   = BIT(TCPS_FIN_WAIT_1) | BIT(TCPS_FIN_WAIT_2) |
                       BIT(TCPS_CLOSING),
  [TCPS_CLOSED]      = 0xffff,
  [TCPS_CLOSE_WAIT]  = BIT(TCPS_ESTABLISHED) | BIT(TCPS_SYN_RCVD),
  [TCPS_LAST_ACK]    = BIT(TCPS_CLOSE_WAIT),
  [TCPS_LISTEN]      = BIT(TCPS_CLOSED),
  [TCPS_CLOSING]     = BIT(TCPS_FIN_WAIT_1)
};

void __real_tcp_set_state(struct tcp_conn_s *conn, enum tcp_state_e state);
void __wrap_tcp_set_state(struct tcp_conn_s *conn, enum tcp_state_e state);

static uint64_t g_changes[16];       /* To each state, for the counters */

void __wrap_tcp_set_state(struct tcp_conn_s *conn, enum tcp_state_e state)
{
  if (state >= nitems(g_from) || (g_from[state] & BIT(conn->t_state)) == 0)
    {
      node_fault("a TCP connection went from state %u to %u, which RFC 9293 "
                 "does not have", conn->t_state, state);
    }

  g_changes[state % nitems(g_changes)]++;
  __real_tcp_set_state(conn, state);
}

void states_reset(void)
{
  memset(g_changes, 0, sizeof(g_changes));
}

/* Counters *****************************************************************/

struct walk_s
{
  int (*fn)(void *arg, const char *name, uint64_t value);
  void *arg;
  const char *prefix;
  int ret;
};

static void tell(struct walk_s *walk, const char *name, uint64_t value)
{
  if (walk->ret == 0)
    {
      walk->ret = walk->fn(walk->arg, name, value);
    }
}

static void tell_stat(const char *proto, const char *name, const char *text,
                      uint64_t value, void *arg)
{
  struct walk_s *walk = arg;
  char full[64];

  UNUSED(text);
  if (walk->ret == 0)
    {
      snprintf(full, sizeof(full), "%s.%s", proto, name);
      tell(walk, full, value);
    }
}

static void tell_device(const char *name, uint64_t value, void *arg)
{
  struct walk_s *walk = arg;
  char full[64];

  snprintf(full, sizeof(full), "device.%s.%s", walk->prefix, name);
  tell(walk, full, value);
}

static int each_device(struct net_driver_s *dev, void *arg)
{
  struct walk_s *walk = arg;

  walk->prefix = dev->d_ifname;
  netdev_counters(dev, tell_device, walk);
  return 0;
}

static void tell_pool(struct walk_s *walk)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  tell(walk, "pool.size", info.arena);
  tell(walk, "pool.used", info.used);
  tell(walk, "pool.taken", g_node.ntaken);
  tell(walk, "pool.highwater", info.highwater);
  tell(walk, "pool.views", info.views_used);
  tell(walk, "pool.allocs", info.nalloc);
  tell(walk, "pool.shares", info.nshare);
  tell(walk, "pool.copies", info.ncopy);
  tell(walk, "pool.failed", (uint64_t)info.fail_views + info.fail_space +
       info.fail_frag + info.fail_class + info.fail_turn);
  tell(walk, "pool.faults", info.fault);
}

int node_counters(int (*fn)(void *arg, const char *name, uint64_t value),
                  void *arg)
{
  struct walk_s walk =
  {
    .fn  = fn,
    .arg = arg,
  };

  uint64_t sockets = 0;
  int i;

  for (i = 0; i < g_node.nsocks; i++)
    {
      sockets += g_node.socks[i] != NULL;
    }

  tell_pool(&walk);                  /* First what is asked for most */
  tell(&walk, "memory.blocks", g_node.nblocks);
  tell(&walk, "memory.bytes", g_node.nbytes);
  tell(&walk, "memory.failed", g_node.nfailed);
  tell(&walk, "timers", net_timer_count() + g_node.wdogs.count);
  tell(&walk, "endpoints", conn_count());
  tell(&walk, "sockets", sockets);
  net_stats_foreach(tell_stat, &walk);
  netdev_foreach(each_device, &walk);
  return walk.ret;
}

struct one_s
{
  const char *name;
  uint64_t *value;
};

static int is_it(void *arg, const char *name, uint64_t value)
{
  struct one_s *one = arg;

  if (strcmp(name, one->name) != 0)
    {
      return 0;
    }

  *one->value = value;
  return 1;
}

int node_counter(const char *name, uint64_t *value)
{
  struct one_s one =
  {
    name, value
  };

  return node_counters(is_it, &one) != 0 ? 0 : -ENOENT;
}

/* Connections **************************************************************/

static_assert(NXNET_TCP_REXMT == BIT(TCPT_REXMT) &&
              NXNET_TCP_DEFER == BIT(TCPT_DEFER) &&
              NXNET_TCP_2MSL == BIT(TCPT_2MSL), "the same order");

static struct sockaddr_in name_of(const struct netaddr_s *addr,
                                  uint16_t port)
{
  struct sockaddr_in name;

  memset(&name, 0, sizeof(name));
  name.sin_family      = AF_INET;
  name.sin_port        = htons(port);
  name.sin_addr.s_addr = netaddr_to4(addr);
  return name;
}

static unsigned int flags_of(const struct tcp_conn_s *conn)
{
  unsigned int flags = conn->t_flags;

  return ((flags & TF_FIN_QUEUED) != 0 ? NXNET_TCP_FIN_QUEUED : 0) |
         ((flags & TF_FIN_SENT) != 0 ? NXNET_TCP_FIN_SENT : 0) |
         ((flags & TF_ORPHAN) != 0 ? NXNET_TCP_ORPHAN : 0) |
         ((flags & (TF_ACKNOW | TF_NEEDOUT)) != 0 ? NXNET_TCP_ACKNOW : 0) |
         (conn->sconn.egress.nif != NULL ? NXNET_TCP_EGRESS : 0) |
         (tcp_conn_resting(conn) ? NXNET_TCP_RESTING :
          conn->snd->memory.queued ? NXNET_TCP_MEMORY : 0);
}

static void fill_sending(const struct tcp_conn_s *conn,
                         struct nxnet_tcp_s *tcp)
{
  tcp->unsent   = tcp_sndbuf_unsent(conn);
  tcp->unacked  = tcp_sndbuf_unacked(conn);
  tcp->sacked   = conn->snd->sacked;
  tcp->lost     = conn->snd->lost;
  tcp->cwnd     = conn->snd->cwnd;
  tcp->ssthresh = conn->snd->ssthresh;
  tcp->srtt_us  = conn->snd->srtt_us;
  tcp->rto_us   = conn->snd->rto_us;
  tcp->resent   = conn->snd->total_resent;
}

static void fill_connection(const struct tcp_conn_s *conn,
                            struct nxnet_tcp_s *tcp)
{
  unsigned int i;

  tcp->flags    = flags_of(conn);
  tcp->iss      = conn->iss;
  tcp->snd_una  = conn->snd_una;
  tcp->snd_nxt  = conn->snd_nxt;
  tcp->snd_max  = conn->snd_max;
  tcp->snd_wnd  = conn->snd_wnd;
  tcp->irs      = conn->irs;
  tcp->rcv_nxt  = conn->rcv_nxt;
  tcp->rcv_adv  = conn->rcv_adv;
  tcp->last_ack = conn->last_ack_sent;
  tcp->mss      = conn->t_mss;
  tcp->due      = net_timer_due(&conn->timer);
  for (i = 0; i < TCP_NTIMERS && conn->due != NULL; i++)
    {
      if (conn->due[i] != NETTIME_NEVER)
        {
          tcp->timers |= BIT(i);
        }
    }

  if (!tcp_conn_resting(conn))
    {
      fill_sending(conn, tcp);
    }
}

static void fill(const struct socket_conn_s *sconn, struct nxnet_tcp_s *tcp)
{
  const struct tcp_conn_s *conn = (const struct tcp_conn_s *)sconn;

  memset(tcp, 0, sizeof(*tcp));
  tcp->state  = conn->t_state;
  tcp->local  = name_of(&sconn->laddr, sconn->lport);
  tcp->remote = name_of(&sconn->raddr, sconn->rport);
  tcp->sock   = -1;
  if (conn->t_state == TCPS_TIME_WAIT)
    {
      const struct tcp_tw_s *tw = (const struct tcp_tw_s *)sconn;

      tcp->snd_nxt = tw->snd_nxt;
      tcp->rcv_nxt = tw->rcv_nxt;
      tcp->due     = net_timer_due(&tw->timer);
      tcp->timers  = NXNET_TCP_2MSL;
      return;
    }

  tcp->sock = sockets_find(sconn->psock);
  if (conn->t_state != TCPS_LISTEN)
    {
      fill_connection(conn, tcp);
    }
}

struct each_s
{
  int (*fn)(void *arg, const struct nxnet_tcp_s *tcp);
  void *arg;
};

static int each_conn(struct socket_conn_s *sconn, void *arg)
{
  struct each_s *each = arg;
  struct nxnet_tcp_s tcp;

  fill(sconn, &tcp);
  return each->fn(each->arg, &tcp);
}

int node_tcp_each(int (*fn)(void *arg, const struct nxnet_tcp_s *tcp),
                  void *arg)
{
  struct each_s each =
  {
    fn, arg
  };

  return conn_foreach(IPPROTO_TCP, each_conn, &each);
}

struct seek_s
{
  int sock;
  struct nxnet_tcp_s *tcp;
};

static int is_sock(void *arg, const struct nxnet_tcp_s *tcp)
{
  struct seek_s *seek = arg;

  if (tcp->sock != seek->sock)
    {
      return 0;
    }

  *seek->tcp = *tcp;
  return 1;
}

int node_tcp(int sock, struct nxnet_tcp_s *tcp)
{
  struct seek_s seek =
  {
    sock, tcp
  };

  return sock >= 0 && node_tcp_each(is_sock, &seek) != 0 ? 0 : -ENOENT;
}

/* Is all well? *************************************************************/

int node_check(char *buf, size_t size)
{
  int faults = iob_check();

  if (faults != 0)
    {
      node_fault("the pool of buffers: %d contradictions", faults);
    }

  devices_check();
  if (g_node.fault[0] == '\0')
    {
      return 0;
    }

  if (buf != NULL && size > 0)
    {
      snprintf(buf, size, "%s", g_node.fault);
    }

  g_node.fault[0] = '\0';
  return -EUCLEAN;
}
