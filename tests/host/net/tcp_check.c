/* tests/host/net/tcp_check.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See tcp_check.h.
 */

#include <nuttx/config.h>

#include <stdio.h>
#include <string.h>

#include <netinet/in.h>

#include "tcp_check.h"

/* The first broken rule tells all; the same one a thousand times nothing */

#define RULE_EQ(a, b) RULE((a) == (b))
#define RULE(f) \
  do \
    { \
      if (!(f)) \
        { \
          broken(conn, __LINE__, #f); \
        } \
    } \
  while (0)

static bool g_broken;

static void show_one(const struct tcp_conn_s *conn);

static void broken(const struct tcp_conn_s *conn, int line,
                   const char *what)
{
  if (!g_broken)
    {
      g_broken = true;
      net_failed(__FILE__, line, what);
      printf("  of this one, at %llu ns:\n", (unsigned long long)net_now());
      show_one(conn);
    }
}

static bool is_synchronized(const struct tcp_conn_s *conn)
{
  return conn->t_state != TCPS_CLOSED && conn->t_state != TCPS_LISTEN &&
         conn->t_state != TCPS_SYN_SENT && conn->t_state != TCPS_SYN_RCVD;
}

static bool runs(const struct tcp_conn_s *conn, enum tcp_timer_e which)
{
  return tcp_timer_running(conn, which);
}

/* Somebody will call tcp_output() without being asked */

static bool will_run(const struct tcp_conn_s *conn)
{
  return conn->sconn.egress.nif != NULL || conn->batch.pprev != NULL ||
         conn->snd->memory.queued;
}

/* 0 and 0xffff are the same sum */

static uint32_t norm(uint32_t sum)
{
  sum = net_csum_fold(sum);
  return sum == 0xffff ? 0 : sum;
}

/* The row of segments ******************************************************/

static void check_seg(struct tcp_conn_s *conn, uint32_t i, uint32_t seq)
{
  struct tcp_txseg_s *seg = tcp_seg(conn->snd, i);

  RULE_EQ(seg->seq, seq);
  RULE((seg->flags & (SEG_LOST | SEG_SACKED)) !=
        (SEG_LOST | SEG_SACKED));
  RULE((seg->iob == NULL) == ((seg->flags & SEG_FIN) != 0));
  RULE(seg->iob != NULL || i == conn->snd->count - 1);
  if (seg->iob != NULL)
    {
      RULE_EQ(seg->iob->io_len, seg->len);
      RULE(seg->len > 0);
      RULE_EQ(norm(net_csum(IOB_DATA(seg->iob), seg->len, 0)),
               norm(seg->sum));
    }

  RULE(i < conn->snd->nsent ? seg->sent != 0 :
        (seg->flags & (SEG_LOST | SEG_SACKED | SEG_RESENT)) == 0);
  RULE((seg->flags & SEG_LOST) == 0 ||
        SEQ_LT(conn->snd->lost_hint, seg->seq + tcp_seg_space(seg)));
}

static void check_row(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t seq = is_synchronized(conn) ? conn->snd_una : conn->iss + 1;
  uint32_t charged = 0;
  uint32_t sacked = 0;
  uint32_t lost = 0;
  uint32_t i;

  RULE(snd->nsent <= snd->count);
  for (i = 0; i < snd->count; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if (i == snd->nsent && is_synchronized(conn))
        {
          RULE_EQ(conn->snd_nxt, seq);
        }

      check_seg(conn, i, seq);
      charged += seg->charge * IOB_GRANULE;
      sacked  += (seg->flags & SEG_SACKED) != 0 ? tcp_seg_space(seg) : 0;
      lost    += (seg->flags & SEG_LOST) != 0 ? tcp_seg_space(seg) : 0;
      seq     += tcp_seg_space(seg);
    }

  RULE_EQ(snd->charged, charged);
  RULE_EQ(snd->sacked, sacked);
  RULE_EQ(snd->lost, lost);
}

/* What keeps it going ******************************************************/

static void check_timers(struct tcp_conn_s *conn)
{
  unsigned int i;

  for (i = 0; i < TCP_NTIMERS; i++)
    {
      RULE(conn->due[i] >= net_timer_due(&conn->timer));
    }

  if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN)
    {
      RULE(!net_timer_active(&conn->timer));
    }

  if (conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_SYN_RCVD)
    {
      RULE(runs(conn, TCPT_KEEP));
    }

  if (conn->t_state == TCPS_FIN_WAIT_2 &&
      (conn->t_flags & TF_ORPHAN) != 0)
    {
      RULE(runs(conn, TCPT_2MSL));
    }
}

static void check_sending(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  bool fin = (conn->t_flags & (TF_FIN_QUEUED | TF_FIN_SENT)) ==
             TF_FIN_QUEUED;

  if (snd->nsent > 0)
    {
      RULE(runs(conn, TCPT_REXMT) || runs(conn, TCPT_DEFER));
      RULE(!runs(conn, TCPT_REXMT) || !runs(conn, TCPT_DEFER));
    }
  else if (is_synchronized(conn) && (snd->count > 0 || fin))
    {
      RULE(runs(conn, TCPT_REXMT) || runs(conn, TCPT_PERSIST) ||
           runs(conn, TCPT_DEFER) || will_run(conn));
    }

  RULE(snd->defer.df_ext == NULL || runs(conn, TCPT_DEFER));
}

static void check_acks(struct tcp_conn_s *conn, bool quiet)
{
  /* Without a route an ACK is as lost as one on the way */

  if (!quiet && is_synchronized(conn) && g_net.stats.tcp.outnoroute == 0)
    {
      RULE((conn->t_flags & TF_ACKNOW) == 0 || will_run(conn));
      RULE((conn->t_flags & TF_DELACK) == 0 || will_run(conn) ||
            runs(conn, TCPT_DELACK));
    }
}

/* What was received ********************************************************/

static void check_queue(struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;
  const struct iob_s *last = NULL;
  const struct iob_s *iob;
  uint32_t charge = rcv->ooo_charge;
  uint32_t len = 0;

  for (iob = rcv->q.head; iob != NULL; iob = iob->io_flink)
    {
      RULE(iob->io_len > 0);
      len    += iob->io_len;
      charge += iob->io_pktlen;
      last    = iob;
    }

  RULE(rcv->q.tail == last);
  RULE_EQ(rcv->len, len - rcv->headoff);
  RULE_EQ(rcv->charge, charge);
  RULE(rcv->q.head == NULL || rcv->headoff < rcv->q.head->io_len);
  if (rcv->len > 0)
    {
      RULE_EQ(rcv->copied + rcv->len + ((rcv->flags & RCV_FIN) != 0),
               conn->rcv_nxt);
    }
}

void tcp_check_conn(struct tcp_conn_s *conn, bool quiet)
{
  RULE_EQ(conn->t_hold, 0);
  RULE((conn->t_flags & TF_FREED) == 0);
  if (tcp_conn_resting(conn))
    {
      RULE_EQ(conn->t_state, TCPS_ESTABLISHED);
      RULE((conn->t_flags & (TF_ACKNOW | TF_DELACK | TF_FIN_QUEUED)) == 0);
      RULE_EQ(conn->snd_una, conn->snd_nxt);
      return;
    }

  check_timers(conn);
  if (conn->t_state != TCPS_LISTEN)
    {
      check_row(conn);
      check_queue(conn);
    }

  if (conn->t_state != TCPS_LISTEN && conn->t_state != TCPS_CLOSED)
    {
      check_sending(conn);
      check_acks(conn, quiet);
    }
}

static int check_one(struct socket_conn_s *sconn, void *arg)
{
  if (tcp_conn(sconn)->t_state != TCPS_TIME_WAIT)
    {
      tcp_check_conn(tcp_conn(sconn), *(bool *)arg);
    }

  return 0;
}

void tcp_check_begin(void)
{
  g_broken = false;
}

void tcp_check_all(bool quiet)
{
  conn_foreach(IPPROTO_TCP, check_one, &quiet);
}

/* Showing ******************************************************************/

static void show_timers(const struct tcp_conn_s *conn)
{
  static const char *const name[TCP_NTIMERS] =
  {
    "rexmt", "persist", "loss", "delack", "keep", "2msl", "user", "defer"
  };

  unsigned int i;

  for (i = 0; i < TCP_NTIMERS; i++)
    {
      if (tcp_timer_running(conn, i))
        {
          printf(" %s %+lld us", name[i],
                 ((long long)conn->due[i] - (long long)net_now()) / 1000);
        }
    }

  printf("\n");
}

static void show_one(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd;

  printf("  %u-%u state %u", conn->sconn.lport, conn->sconn.rport,
         conn->t_state);
  if (conn->t_state == TCPS_TIME_WAIT || conn->t_state == TCPS_LISTEN ||
      tcp_conn_resting(conn))
    {
      printf("\n");
      return;
    }

  snd = conn->snd;
  printf(" flags %x snd %x: una %u nxt +%u wnd %u row %u/%u lost %u sacked "
         "%u cwnd %u ssthresh %u ca %u backoff %u mss %u charged %u/%u\n",
         (unsigned int)conn->t_flags, (unsigned int)snd->flags,
         conn->snd_una - conn->iss, conn->snd_nxt - conn->snd_una,
         conn->snd_wnd, snd->nsent, snd->count, snd->lost, snd->sacked,
         snd->cwnd, snd->ssthresh, snd->cc_state, snd->backoff,
         conn->t_mss, snd->charged, conn->sconn.sndbuf);
  printf("    rcv nxt %u adv +%d len %u charge %u ooo %u flags %x%s;",
         conn->rcv_nxt - conn->irs, (int)(conn->rcv_adv - conn->rcv_nxt),
         conn->rcv->len, conn->rcv->charge, conn->rcv->ooo_charge,
         conn->rcv->flags, will_run(conn) ? " will run" : "");
  show_timers(conn);
}

static int show_each(struct socket_conn_s *sconn, void *arg)
{
  (void)arg;
  show_one(tcp_conn(sconn));
  return 0;
}

void tcp_check_show(void)
{
  conn_foreach(IPPROTO_TCP, show_each, NULL);
}
