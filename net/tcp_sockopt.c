/* net/tcp_sockopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Options of level IPPROTO_TCP, with the numbers, limits and errors of Linux.
 * An option that is not known is -ENOPROTOOPT, never silently accepted.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"
#include "tcp_user.h"

/* Limits, and what zero in struct tcp_conn_s stands for */

#define MAXSEG_LEAST   88
#define MAXSEG_MOST    32767
#define KEEP_MOST      32767         /* Seconds */
#define KEEPCNT_MOST   127
#define KEEPIDLE_SEC   7200
#define KEEPINTVL_SEC  75
#define KEEPCNT        9
#define CC_NAMESIZE    16
#define CLAMP_LEAST    1152          /* Half of the smallest SO_RCVBUF */

static struct tcp_conn_s *conn_of(const struct socket *psock)
{
  return tcp_conn(psock->s_conn);
}

static bool is_connected(const struct tcp_conn_s *conn)
{
  return conn->t_state != TCPS_CLOSED && conn->t_state != TCPS_LISTEN &&
         conn->t_state != TCPS_SYN_SENT;
}

static void set_flag(struct tcp_conn_s *conn, uint32_t flag, bool on)
{
  conn->t_flags = on ? conn->t_flags | flag : conn->t_flags & ~flag;
}

/* Something may be sent now that had to wait */

static void go_on(struct tcp_conn_s *conn)
{
  if (is_connected(conn))
    {
      tcp_output(conn);
    }
}

/* Seconds, 1 to KEEP_MOST */

static int set_seconds(struct tcp_conn_s *conn, uint32_t *ms, int value)
{
  if (value < 1 || value > KEEP_MOST)
    {
      return -EINVAL;
    }

  *ms = (uint32_t)value * 1000;
  tcp_timer_keepalive(conn);
  return 0;
}

static int set_maxseg(struct tcp_conn_s *conn, int value)
{
  if (value != 0 && (value < MAXSEG_LEAST || value > MAXSEG_MOST))
    {
      return -EINVAL;
    }

  conn->t_usermss = (uint16_t)value;
  if (is_connected(conn))
    {
      tcp_update_mss(conn);
    }

  return 0;
}

static int set_clamp(struct tcp_conn_s *conn, int value)
{
  if (value < 0 || (value == 0 && conn->t_state != TCPS_CLOSED))
    {
      return -EINVAL;
    }

  conn->rcv->clamp = value == 0 ? 0 :
                    value < CLAMP_LEAST ? CLAMP_LEAST : (uint32_t)value;
  return 0;
}

static int set_cc(struct tcp_conn_s *conn, const void *value, socklen_t len)
{
  const struct tcp_cc_s *cc;
  char name[CC_NAMESIZE];
  socklen_t n = len < CC_NAMESIZE - 1 ? len : CC_NAMESIZE - 1;

  if (len < 1)
    {
      return -EINVAL;
    }

  memset(name, 0, sizeof(name));
  memcpy(name, value, n);

  /* Linux' name for the same, which programs may ask for */

  cc = tcp_cc_find(strcmp(name, "reno") == 0 ? "newreno" : name);
  return cc != NULL ? tcp_cc_set(conn, cc) : -ENOENT;
}

static int set_tcp_int(struct tcp_conn_s *conn, int option, int value)
{
  switch (option)
    {
      case TCP_NODELAY:
        set_flag(conn, TF_NODELAY, value != 0);
        go_on(conn);
        return 0;

      case TCP_CORK:
        set_flag(conn, TF_CORK, value != 0);
        if (value == 0)
          {
            go_on(conn);
          }

        return 0;

      case TCP_MAXSEG:
        return set_maxseg(conn, value);

      case TCP_KEEPIDLE:
        return set_seconds(conn, &conn->keep_idle_ms, value);

      case TCP_KEEPINTVL:
        return set_seconds(conn, &conn->keep_intvl_ms, value);

      case TCP_KEEPCNT:
        if (value < 1 || value > KEEPCNT_MOST)
          {
            return -EINVAL;
          }

        conn->keep_cnt = (uint8_t)value;
        return 0;

      case TCP_USER_TIMEOUT:
        if (value < 0)
          {
            return -EINVAL;
          }

        conn->user_timeout_ms = (uint32_t)value;
        return 0;

      case TCP_WINDOW_CLAMP:
        return set_clamp(conn, value);

      case TCP_QUICKACK:
        conn->rcv->flags = value != 0 ? conn->rcv->flags | RCV_QUICKACK :
                                       conn->rcv->flags & ~RCV_QUICKACK;
        if (value != 0 && (conn->t_flags & TF_DELACK) != 0)
          {
            conn->t_flags |= TF_ACKNOW;
            go_on(conn);
          }

        return 0;

      default:
        return -ENOPROTOOPT;
    }
}

static int set_socket(struct tcp_conn_s *conn, int option)
{
  if (option != SO_KEEPALIVE)
    {
      return -ENOPROTOOPT;
    }

  tcp_timer_keepalive(conn);
  return 0;
}

int tcp_setsockopt(struct socket *psock, int level, int option,
                   const void *value, socklen_t len)
{
  struct tcp_conn_s *conn = conn_of(psock);
  int number;
  int ret;

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  switch (level)
    {
      case SOL_SOCKET:
        return set_socket(conn, option);

      case IPPROTO_TCP:
        break;

      default:
        return sockopt_set_other(&conn->sconn, level, option, value, len);
    }

  if (option == TCP_CONGESTION)
    {
      return set_cc(conn, value, len);
    }

  ret = sockopt_get_int(value, len, &number);
  return ret < 0 ? ret : set_tcp_int(conn, option, number);
}

/* TCP_INFO *****************************************************************/

static uint8_t info_options(const struct tcp_conn_s *conn)
{
  return ((conn->t_flags & TF_TS) != 0 ? TCPI_OPT_TIMESTAMPS : 0) |
         ((conn->t_flags & TF_SACK) != 0 ? TCPI_OPT_SACK : 0) |
         ((conn->t_flags & TF_WSCALE) != 0 ? TCPI_OPT_WSCALE : 0);
}

static void get_info(struct tcp_conn_s *conn, struct tcp_info *info)
{
  struct tcp_listen_info_s queues;
  nettime_t now = net_now();

  memset(info, 0, sizeof(*info));
  info->tcpi_state = conn->t_state;

  /* A listener's queues are where Linux puts them */

  if (conn->t_state == TCPS_LISTEN)
    {
      tcp_listen_info(conn, &queues);
      info->tcpi_unacked = queues.acceptq;
      info->tcpi_sacked  = queues.backlog;
      return;
    }

  info->tcpi_snd_mss = conn->t_mss;
  if (is_connected(conn))
    {
      info->tcpi_options    = info_options(conn);
      info->tcpi_snd_wscale = conn->snd_wscale;
      info->tcpi_rcv_wscale = conn->rcv_wscale;
      info->tcpi_pmtu       = conn->sconn.path.mtu;
      info->tcpi_advmss     = tcp_announced_mss(conn);
      info->tcpi_snd_wnd    = conn->snd_wnd;
      info->tcpi_last_data_recv = (uint32_t)((now - conn->t_rcvtime) /
                                             NET_MSEC);
      info->tcpi_last_ack_recv  = info->tcpi_last_data_recv;
    }

  tcp_snd_info(conn, info);
  tcp_rcv_info(conn, info);
}

static int put_info(struct tcp_conn_s *conn, void *value, socklen_t *len)
{
  struct tcp_info info;

  get_info(conn, &info);
  return sockopt_put(value, len, &info, sizeof(info));
}

static int put_cc(struct tcp_conn_s *conn, void *value, socklen_t *len)
{
  char name[CC_NAMESIZE];

  memset(name, 0, sizeof(name));
  strncpy(name, tcp_cc_name(conn), sizeof(name) - 1);
  return sockopt_put(value, len, name, sizeof(name));
}

static int seconds_of(uint32_t ms, int otherwise)
{
  return ms != 0 ? (int)(ms / 1000) : otherwise;
}

static int get_tcp_int(const struct tcp_conn_s *conn, int option, int *value)
{
  switch (option)
    {
      case TCP_NODELAY:
        *value = (conn->t_flags & TF_NODELAY) != 0;
        return 0;

      case TCP_CORK:
        *value = (conn->t_flags & TF_CORK) != 0;
        return 0;

      case TCP_MAXSEG:
        *value = !is_connected(conn) && conn->t_usermss != 0 ?
                 conn->t_usermss : conn->t_mss;
        return 0;

      case TCP_KEEPIDLE:
        *value = seconds_of(conn->keep_idle_ms, KEEPIDLE_SEC);
        return 0;

      case TCP_KEEPINTVL:
        *value = seconds_of(conn->keep_intvl_ms, KEEPINTVL_SEC);
        return 0;

      case TCP_KEEPCNT:
        *value = conn->keep_cnt != 0 ? conn->keep_cnt : KEEPCNT;
        return 0;

      case TCP_USER_TIMEOUT:
        *value = (int)conn->user_timeout_ms;
        return 0;

      case TCP_WINDOW_CLAMP:
        *value = conn->rcv->clamp != 0 && conn->rcv->clamp < INT_MAX ?
                 (int)conn->rcv->clamp : 0;
        return 0;

      case TCP_QUICKACK:
        *value = (conn->rcv->flags & RCV_QUICKACK) != 0;
        return 0;

      default:
        return -ENOPROTOOPT;
    }
}

int tcp_getsockopt(struct socket *psock, int level, int option, void *value,
                   socklen_t *len)
{
  struct tcp_conn_s *conn = conn_of(psock);
  int number;
  int ret;

  if (level != IPPROTO_TCP)
    {
      return sockopt_get_other(&conn->sconn, IPPROTO_TCP, level, option,
                               value, len);
    }

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  switch (option)
    {
      case TCP_INFO:
        return put_info(conn, value, len);

      case TCP_CONGESTION:
        return put_cc(conn, value, len);

      default:
        ret = get_tcp_int(conn, option, &number);
        return ret < 0 ? ret :
               sockopt_put(value, len, &number, sizeof(number));
    }
}
