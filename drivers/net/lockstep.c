/* drivers/net/lockstep.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A cable between two kernels that share one virtual time.
 *
 * A kernel under virtual time moves its clock only when it has nothing else
 * to do.  Before it does, the two exchange a round of messages: the frames
 * that were sent since the last round, and then when the next timer is due.
 * Both now know the same: two timers, and when the frames will arrive (delay=
 * after they were sent).  Both go to the earliest of these.  So the clocks
 * are always equal, no frame can come from the past, and a pair of runs is
 * the same each time, however the host schedules the two processes.
 *
 *   a: round {frame f, next 900}  ---->      b: round {next 500}
 *      sent at 100, delay 50                    both go to 150 (f arrives)
 *
 * Two that name the same meet= find each other, in either order; a test can
 * give each one end of a socket pair (fd=).  One is side a, one b.
 *
 * When one kernel ends, the other goes on alone: its link goes down, and
 * with follow=yes it ends as well.
 */

#include <nuttx/config.h>

#include <debug.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"
#include "host_net.h"

#define NO_FD        UINT64_MAX
#define MAXFRAME     (NETDEV_MAXMTU + NETDEV_ETHHDRLEN)

/* Messages.  Both ends are this program on this machine: host byte order */

#define HELLO_MAGIC  UINT64_C(0x4c4f434b53544550)
#define HELLO_VERSION 1

enum
{
  MSG_HELLO = 1,
  MSG_FRAME,
  MSG_ROUND
};

struct message_s
{
  uint64_t type;
  uint64_t now_ns;                   /* When it was sent */
  union
  {
    struct
    {
      uint64_t magic;
      uint64_t version;
      uint64_t side;
      uint64_t mtu;
      uint64_t delay_ns;
    } hello;

    uint64_t next_ns;                /* MSG_ROUND; MSG_FRAME has the frame */
  };
};

#define FRAME_AT offsetof(struct message_s, hello)

struct lockstep_cfg_s
{
  char *meet;
  char *ifname;
  uint64_t fd;
  uint64_t wait_ns;
  uint64_t side;
  uint64_t delay_ns;
  uint64_t mtu;
  uint64_t follow;
  uint8_t  mac[NETDEV_MACLEN];
};

/* A frame on its way */

struct travel_s
{
  struct travel_s *next;
  uint64_t due_ns;                   /* When it arrives */
  size_t len;
  uint8_t data[];                    /* A message */
};

struct travellers_s
{
  struct travel_s *head;
  struct travel_s **tail;
};

struct lockstep_counts_s
{
  uint64_t rounds;
};

static const struct netdev_counter_s g_lockstep_counters[] =
{
  {"rounds", offsetof(struct lockstep_counts_s, rounds)}, {NULL, 0}
};

struct lockstep_s
{
  struct net_driver_s dev;
  struct lockstep_cfg_s cfg;
  struct lockstep_counts_s counts;
  struct sim_lockstep_s clock;
  int fd;
  bool alone;                        /* The peer has ended */
  struct travellers_s out;
  struct travellers_s in;
  struct wdog_s timer;               /* The first of "in" arrives */
  struct wdog_s farewell;

  /* One exchange */

  struct message_s mine;
  struct message_s peer;
  bool sent;                         /* "mine", the last of a round */
  struct travel_s *sending;
  uint64_t missed_ns;                /* A frame without memory would arrive */
  int error;
  uint8_t buf[FRAME_AT + MAXFRAME];
};

static struct lockstep_s *g_lockstep;  /* A kernel has one clock */

/* Frames on their way ******************************************************/

static void push(struct travellers_s *list, struct travel_s *t)
{
  t->next     = NULL;
  *list->tail = t;
  list->tail  = &t->next;
}

static struct travel_s *pop(struct travellers_s *list)
{
  struct travel_s *t = list->head;

  if (t != NULL)
    {
      list->head = t->next;
      if (list->head == NULL)
        {
          list->tail = &list->head;
        }
    }

  return t;
}

static void clear(struct travellers_s *list)
{
  struct travel_s *t;

  while ((t = pop(list)) != NULL)
    {
      kmm_free(t);
    }
}

static void arrive(wdparm_t arg);

static void arm(struct lockstep_s *ls)
{
  if (ls->in.head != NULL)
    {
      wd_start_absns(&ls->timer, ls->in.head->due_ns, arrive, (wdparm_t)ls);
    }
}

static void deliver(struct lockstep_s *ls, const struct travel_s *t)
{
  struct netdev_stats_s *stats = &ls->dev.d_stats;
  unsigned int len = (unsigned int)(t->len - FRAME_AT);
  struct iob_s *iob;

  if (len < NETDEV_ETHHDRLEN || len > netdev_framesize(&ls->dev))
    {
      stats->rx_drop_size++;
      return;
    }

  iob = netdev_txalloc(&ls->dev, len, IOB_CLASS_RX);
  if (iob == NULL || iob_trycopyin(iob, t->data + FRAME_AT, len, 0, true) !=
      (int)len)
    {
      iob_free_chain(iob);
      stats->rx_drop_memory++;
      return;
    }

  netdev_rx(&ls->dev, iob, NULL);
}

static void arrive(wdparm_t arg)
{
  struct lockstep_s *ls = (struct lockstep_s *)arg;

  while (ls->in.head != NULL &&
         ls->in.head->due_ns <= clock_systime_ns())
    {
      struct travel_s *t = pop(&ls->in);

      deliver(ls, t);
      kmm_free(t);
    }

  netdev_rxend(&ls->dev);
  arm(ls);
}

/* One round ****************************************************************/

static const void *next_message(void *arg, size_t *len)
{
  struct lockstep_s *ls = arg;

  kmm_free(ls->sending);
  ls->sending = pop(&ls->out);
  if (ls->sending != NULL)
    {
      *len = ls->sending->len;
      return ls->sending->data;
    }

  *len = sizeof(ls->mine);
  return ls->sent ? NULL : (ls->sent = true, &ls->mine);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* The peer goes to the time at which its frame arrives, so a frame for which
 * there is no memory is lost, but not its time.
 */

static void keep(struct lockstep_s *ls, const void *data, size_t len,
                 uint64_t sent_ns)
{
  struct travel_s *t = kmm_malloc(sizeof(*t) + len);

  if (t == NULL)
    {
      ls->dev.d_stats.rx_drop_memory++;
      ls->missed_ns = earlier(ls->missed_ns, sent_ns + ls->cfg.delay_ns);
      return;
    }

  t->due_ns = sent_ns + ls->cfg.delay_ns;
  t->len    = len;
  memcpy(t->data, data, len);
  push(&ls->in, t);
}

/* A message of the peer; true for the last one of a round */

static bool handle_message(void *arg, const void *data, size_t len)
{
  struct lockstep_s *ls = arg;
  struct message_s msg;

  memset(&msg, 0, sizeof(msg));
  memcpy(&msg, data, len < sizeof(msg) ? len : sizeof(msg));
  if (msg.type == MSG_FRAME && len > FRAME_AT)
    {
      keep(ls, data, len, msg.now_ns);
      return false;
    }

  ls->peer = msg;
  return true;
}

static int exchange(struct lockstep_s *ls)
{
  struct host_exchange_s x =
  {
    next_message, handle_message, ls, ls->buf, sizeof(ls->buf)
  };

  int ret;

  ls->sent      = false;
  ls->missed_ns = UINT64_MAX;
  memset(&ls->peer, 0, sizeof(ls->peer));
  ret = host_lockstep_exchange(ls->fd, &x);
  kmm_free(ls->sending);
  ls->sending = NULL;
  if (ret == 0 && (ls->peer.type != ls->mine.type ||
      (ls->mine.type == MSG_ROUND && ls->peer.now_ns != ls->mine.now_ns)))
    {
      ret = -EPROTO;
    }

  return ret;
}

static void say_farewell(wdparm_t arg)
{
  struct lockstep_s *ls = (struct lockstep_s *)arg;

  netdev_carrier(&ls->dev, false);
  if (ls->cfg.follow)
    {
      nerr("lockstep: the peer has ended: so does this one\n");
      sim_poweroff(0);
    }
}

/* Where the clock goes: see the head of this file */

static uint64_t advance(void *arg, uint64_t my_next_ns)
{
  struct lockstep_s *ls = arg;
  uint64_t next = my_next_ns;
  int ret;

  if (ls->alone)
    {
      clear(&ls->out);
      return next;
    }

  if (ls->out.head != NULL)
    {
      next = earlier(next, ls->out.head->due_ns);
    }

  ls->mine.type    = MSG_ROUND;
  ls->mine.now_ns  = clock_systime_ns();
  ls->mine.next_ns = my_next_ns;
  ls->counts.rounds++;
  ret = exchange(ls);
  if (ret == 0)
    {
      next = earlier(next, earlier(ls->peer.next_ns, ls->missed_ns));
    }
  else
    {
      if (ret != -EPIPE)
        {
          nerr("lockstep: %s; going on alone\n", netdev_why(ret));
        }

      ls->alone = true;
      next      = ls->mine.now_ns;
      wd_start(&ls->farewell, 0, say_farewell, (wdparm_t)ls);
    }

  if (ls->in.head != NULL)
    {
      next = earlier(next, ls->in.head->due_ns);
      arm(ls);
    }

  return next;
}

/* Device operations ********************************************************/

/* The frame is on the wire, which has room for all */

static void lockstep_commit(struct net_driver_s *dev, struct iob_s *iob,
                            const struct netdev_offload_s *off)
{
  struct lockstep_s *ls = dev->d_private;
  size_t len = FRAME_AT + iob->io_pktlen;
  struct travel_s *t = kmm_malloc(sizeof(*t) + len);
  struct message_s msg =
  {
    .type   = MSG_FRAME,
    .now_ns = clock_systime_ns(),
  };

  (void)off;
  if (t == NULL)
    {
      dev->d_stats.tx_drop_memory++;
    }
  else
    {
      t->due_ns = msg.now_ns + ls->cfg.delay_ns;
      t->len    = len;
      memcpy(t->data, &msg, FRAME_AT);
      iob_copyout(t->data + FRAME_AT, iob, iob->io_pktlen, 0);
      push(&ls->out, t);
    }

  netdev_txdone(dev, iob);
}

static int lockstep_show(struct net_driver_s *dev, char *buf, size_t size)
{
  struct lockstep_s *ls = dev->d_private;

  return snprintf(buf, size, "  side %c delay %lluns%s\n",
                  ls->cfg.side == 0 ? 'a' : 'b',
                  (unsigned long long)ls->cfg.delay_ns,
                  ls->alone ? " alone" : "");
}

static void lockstep_destroy(struct net_driver_s *dev)
{
  struct lockstep_s *ls = dev->d_private;

  wd_cancel(&ls->timer);
  wd_cancel(&ls->farewell);
  sim_lockstep_set(NULL);
  g_lockstep = NULL;
  clear(&ls->in);
  clear(&ls->out);
  host_net_close(ls->fd);
  netdev_freecfg(&g_netdev_lockstep, &ls->cfg);
  kmm_free(ls);
}

static const struct netdev_ops_s g_lockstep_ops =
{
  .commit  = lockstep_commit,
  .show    = lockstep_show,
  .destroy = lockstep_destroy,
};

/* Making *******************************************************************/

static int find_peer(struct lockstep_s *ls)
{
  struct lockstep_cfg_s *cfg = &ls->cfg;
  int ret;

  if (cfg->fd != NO_FD)
    {
      ret = host_lockstep_adopt((int)cfg->fd);
      if (ret < 0)
        {
          netdev_fail("lockstep: fd=%d: %s", (int)cfg->fd, netdev_why(ret));
        }

      ls->fd = (int)cfg->fd;
      return ret;
    }

  ls->fd = host_lockstep_meet(cfg->meet,
                              (unsigned int)(cfg->wait_ns / 1000000));
  if (ls->fd == -ETIMEDOUT)
    {
      netdev_fail("lockstep: nobody came to meet=%s", cfg->meet);
    }
  else if (ls->fd < 0)
    {
      netdev_fail("lockstep: meet=%s: %s", cfg->meet, netdev_why(ls->fd));
    }

  return ls->fd;
}

static int greet(struct lockstep_s *ls)
{
  struct message_s *mine = &ls->mine;
  struct message_s *peer = &ls->peer;
  int ret;

  memset(mine, 0, sizeof(*mine));
  mine->type           = MSG_HELLO;
  mine->now_ns         = clock_systime_ns();
  mine->hello.magic    = HELLO_MAGIC;
  mine->hello.version  = HELLO_VERSION;
  mine->hello.side     = ls->cfg.side;
  mine->hello.mtu      = ls->cfg.mtu;
  mine->hello.delay_ns = ls->cfg.delay_ns;

  ret = exchange(ls);
  if (ret == -EPIPE)
    {
      netdev_fail("lockstep: the peer left, or has one already");
    }
  else if (ret < 0 || peer->hello.magic != HELLO_MAGIC ||
           peer->hello.version != HELLO_VERSION)
    {
      netdev_fail("lockstep: the peer does not speak as we do");
    }
  else if (peer->hello.side == mine->hello.side)
    {
      netdev_fail("lockstep: both are side=%c",
                  mine->hello.side == 0 ? 'a' : 'b');
    }
  else if (peer->hello.mtu != mine->hello.mtu ||
           peer->hello.delay_ns != mine->hello.delay_ns)
    {
      netdev_fail("lockstep: the peer has another mtu= or delay=");
    }
  else if (peer->now_ns != mine->now_ns)
    {
      netdev_fail("lockstep: the clocks differ: create it at boot");
    }
  else
    {
      return 0;
    }

  return -EPROTO;
}

static bool check_cfg(const struct lockstep_cfg_s *cfg)
{
  if (!sim_virtual())
    {
      netdev_fail("lockstep: only under virtual time (use link)");
    }
  else if (g_lockstep != NULL)
    {
      netdev_fail("lockstep: there is one already, and one clock");
    }
  else if ((cfg->meet != NULL) == (cfg->fd != NO_FD))
    {
      netdev_fail("lockstep: needs meet= or fd=");
    }
  else
    {
      return true;
    }

  return false;
}

static struct net_driver_s *lockstep_create(void *cfg,
                                            struct net_driver_s *lower)
{
  static const uint8_t none[NETDEV_MACLEN];
  struct lockstep_s *ls;
  struct net_driver_s *dev;

  (void)lower;
  if (!check_cfg(cfg))
    {
      return NULL;
    }

  ls = kmm_zalloc(sizeof(*ls));
  if (ls == NULL)
    {
      return netdev_fail("lockstep: no memory");
    }

  dev = &ls->dev;
  memcpy(&ls->cfg, cfg, sizeof(ls->cfg));
  ls->out.tail = &ls->out.head;
  ls->in.tail  = &ls->in.head;
  netdev_setup(dev, "lockstep", &g_lockstep_ops, ls);
  dev->d_features = NETDEV_SG;
  dev->d_mtu      = (unsigned int)ls->cfg.mtu;
  dev->d_maxmtu   = dev->d_mtu;      /* The peer's is the same */
  dev->d_counters = g_lockstep_counters;
  dev->d_counts   = &ls->counts;
  memcpy(dev->d_mac, ls->cfg.mac, sizeof(dev->d_mac));
  if (memcmp(dev->d_mac, none, sizeof(none)) == 0)
    {
      dev->d_mac[0] = 2;
      dev->d_mac[5] = ls->cfg.side == 0 ? 0x0a : 0x0b;
    }

  if (find_peer(ls) < 0)
    {
      kmm_free(ls);
      return NULL;
    }

  if (greet(ls) < 0 || netdev_enlist(dev, ls->cfg.ifname != NULL ?
      ls->cfg.ifname : "eth%d") < 0)
    {
      host_net_close(ls->fd);
      kmm_free(ls);
      return NULL;
    }

  ls->clock.advance = advance;
  ls->clock.arg     = ls;
  sim_lockstep_set(&ls->clock);
  g_lockstep = ls;
  return dev;
}

#define OFFSET(field) offsetof(struct lockstep_cfg_s, field)

static const struct netdev_key_s g_lockstep_keys[] =
{
  {
    "side", KEY_ENUM, KEY_NEEDED, OFFSET(side), 0, 0, "a|b",
    "which of the two this is"
  },
  {
    "meet", KEY_PATH, 0, OFFSET(meet), 0, 0, NULL,
    "a name on which the two agree"
  },
  {
    "fd", KEY_UINT, 0, OFFSET(fd), 3, 65535, NULL,
    "an inherited socket (SOCK_SEQPACKET), instead"
  },
  {
    "wait", KEY_TIME, 0, OFFSET(wait_ns), 1000, 0, NULL,
    "how long to wait for the other; 60s if not given"
  },
  {
    "delay", KEY_TIME, 0, OFFSET(delay_ns), 1000, 0, NULL,
    "how long a frame travels; 10us if not given"
  },
  {
    "mtu", KEY_UINT, 0, OFFSET(mtu), NETDEV_MINMTU, NETDEV_MAXMTU, NULL,
    "1500 if not given"
  },
  {
    "follow", KEY_FLAG, 0, OFFSET(follow), 0, 0, NULL,
    "power off when the other one ends"
  },
  {
    "if", KEY_NAME, 0, OFFSET(ifname), 0, 0, NULL,
    "its name here; eth0, eth1, ... if not given"
  },
  {
    "mac", KEY_MAC, 0, OFFSET(mac), 0, 0, NULL,
    "02:00:00:00:00:0a and :0b if not given"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct lockstep_cfg_s g_lockstep_defaults =
{
  .fd       = NO_FD,
  .wait_ns  = UINT64_C(60000000000),
  .delay_ns = 10000,
  .mtu      = 1500,
};

const struct netdev_kind_s g_netdev_lockstep =
{
  "lockstep", "a cable to another kernel, with one virtual time for both",
  g_lockstep_keys, &g_lockstep_defaults, sizeof(struct lockstep_cfg_s),
  lockstep_create
};
