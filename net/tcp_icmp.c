/* net/tcp_icmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What ICMP says about a connection (RFC 9293 3.9.2.2, RFC 1122 4.2.3.9),
 * and how much of it is believed (RFC 5927).  Anybody can send an ICMP error
 * that quotes ports, so it counts only if the sequence number that it quotes
 * is under way, and a connection that is established is never ended by one:
 *
 *   fragmentation needed   the path MTU is lower: cut and send again
 *   port or protocol       "hard": ends a connection that is being made;
 *   unreachable            noted in one that is (RFC 5461 4)
 *   everything else        "soft": noted, and told if the connection times
 *                          out (MUST-56, SHLD-25)
 *
 * One soft error does not end a connection attempt, either.  The second one
 * does (as in 4.4BSD): the SYN was sent again meanwhile, and who waits for
 * connect() learns of the missing host after a second, not after minutes.
 */

#include <nuttx/config.h>

#include <errno.h>

#include <netinet/in.h>

#include "tcp.h"

/* The route has been told already (route_mtu_update()), which voided all
 * paths; what had been sent too long is sent again by tcp_mss_changed().
 */

static void mtu_lowered(struct tcp_conn_s *conn)
{
  tcp_update_mss(conn);
  tcp_output(conn);
}

static void embryonic_error(struct tcp_conn_s *conn,
                            const struct icmp_error_s *err)
{
  if (!err->hard && conn->t_softerror == 0)
    {
      conn->t_softerror = (uint8_t)err->error;
      return;
    }

  g_net.stats.tcp.icmpaborts++;
  tcp_conn_drop(conn, err->error);
}

void tcp_icmp_error(const struct icmp_error_s *err)
{
  struct socket_conn_s *sconn = conn_lookup(IPPROTO_TCP, &err->src,
                                            err->sport, &err->dst,
                                            err->dport, err->ifindex);
  struct tcp_conn_s *conn = sconn != NULL ? tcp_conn(sconn) : NULL;

  g_net.stats.tcp.icmperrs++;
  if (conn == NULL || conn->t_state == TCPS_TIME_WAIT)
    {
      g_net.stats.tcp.icmpnoconn++;
      return;
    }

  if (SEQ_LT(err->seq, conn->snd_una) || SEQ_GT(err->seq, conn->snd_max))
    {
      g_net.stats.tcp.outofwindowicmps++;
      return;
    }

  if (!tcp_conn_wake(conn))
    {
      return;
    }

  tcp_conn_hold(conn);
  if (err->error == EMSGSIZE)
    {
      mtu_lowered(conn);
    }
  else if (conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_SYN_RCVD)
    {
      embryonic_error(conn, err);
    }
  else
    {
      conn->t_softerror = (uint8_t)err->error;
    }

  tcp_conn_release(conn);
}
