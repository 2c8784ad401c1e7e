/* net/proc_net.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints in /proc/net, one a line.
 *
 *   /proc/net/tcp, udp, raw   in Linux' format: addresses and ports in
 *                             hexadecimal, as programs expect to parse them
 *   /proc/net/sockstat        how many there are, as Linux
 *   /proc/net/sockets         for people and netstat: addresses as text, the
 *                             task that made the socket, what waits to be
 *                             read and sent; of a listener the handshakes
 *                             under way and the connections to be accepted
 *
 * There are no user ids and no inodes here: these columns are 0.  The file is
 * a picture of one moment (see procfs.h), made in time in proportion to the
 * number of endpoints, and only when somebody opens it.
 */

#include <nuttx/config.h>

#include <stdio.h>
#include <string.h>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <nuttx/fs/procfs.h>
#include <nuttx/sched.h>

#include "conn.h"
#include "tcp.h"

/* What every line tells, whatever the protocol */

struct line_s
{
  uint32_t rx;                       /* Bytes to be read; a listener: conns */
  uint32_t tx;                       /* Bytes not yet sent or acknowledged */
  uint32_t drops;
  uint8_t state;                     /* TCPS_* */
  struct tcp_listen_info_s listen;
};

struct show_s
{
  struct proc_out_s *out;
  unsigned int n;
};

static const char *const g_states[] =
{
  "-", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
  "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"
};

/* Collecting ***************************************************************/

static void tcp_line(struct socket_conn_s *sconn, struct line_s *line)
{
  struct tcp_conn_s *conn = tcp_conn(sconn);

  line->state = conn->t_state;
  if (line->state == TCPS_TIME_WAIT)
    {
      return;                        /* A tcp_tw_s: there is no more of it */
    }

  if (line->state == TCPS_LISTEN)
    {
      tcp_listen_info(conn, &line->listen);
      line->rx = line->listen.acceptq;
      line->tx = line->listen.backlog;
      return;
    }

  if (!tcp_conn_resting(conn))       /* Else there is nothing */
    {
      line->rx = tcp_rcv_available(conn);
      line->tx = tcp_sndbuf_unacked(conn);
    }
}

/* Raw and ping sockets say what their ioctl()s do */

static void raw_line(struct socket_conn_s *sconn, struct line_s *line)
{
  struct socket *psock = sconn->psock;
  int value = 0;

  if (psock != NULL &&
      psock->s_sockif->si_ioctl(psock, FIONREAD,
                                (unsigned long)(uintptr_t)&value) >= 0)
    {
      line->rx = value;
    }
}

static struct line_s line_of(struct socket_conn_s *sconn)
{
  struct line_s line;

  memset(&line, 0, sizeof(line));
  line.state = (sconn->flags & CONN_CONNECTED) != 0 ? TCPS_ESTABLISHED :
               TCPS_CLOSED;
  switch (sconn->proto)
    {
      case IPPROTO_TCP:
        tcp_line(sconn, &line);
        break;

      case IPPROTO_UDP:
        udp_queues(sconn, &line.rx, &line.tx, &line.drops);
        break;

      default:
        raw_line(sconn, &line);
        break;
    }

  return line;
}

/* As Linux *****************************************************************/

/* The timer that is due next of those that Linux shows: 1 retransmission, 2
 * keep-alive, 3 TIME-WAIT, 4 zero window; and hundredths of a second.
 */

static unsigned int tcp_next_timer(const struct tcp_conn_s *conn,
                                   unsigned long *when)
{
  static const struct
  {
    uint8_t timer;
    uint8_t shown;
  } map[] =
  {
    { TCPT_REXMT, 1 }, { TCPT_LOSS, 1 }, { TCPT_PERSIST, 4 },
    { TCPT_KEEP, 2 }, { TCPT_2MSL, 2 }
  };
  nettime_t now = net_now();
  nettime_t due = NETTIME_NEVER;
  unsigned int shown = 0;
  unsigned int i;

  for (i = 0; i < nitems(map); i++)
    {
      if (!tcp_conn_resting(conn) && conn->due[map[i].timer] < due)
        {
          due   = conn->due[map[i].timer];
          shown = map[i].shown;
        }
    }

  *when = shown != 0 && due > now ? (due - now) / (NET_SEC / 100) : 0;
  return shown;
}

static void linux_line(struct show_s *show, const struct socket_conn_s *c,
                       const struct line_s *line, unsigned int timer,
                       unsigned long when, unsigned int retries,
                       const char *rest)
{
  unsigned int width = c->proto == IPPROTO_TCP ? 149 : 127;
  uint16_t lport = c->lport;
  char text[256];

  if (c->proto != IPPROTO_TCP && c->proto != IPPROTO_UDP && lport == 0)
    {
      lport = c->proto;              /* Linux shows a raw socket's protocol */
    }

  snprintf(text, sizeof(text), "%4u: %08X:%04X %08X:%04X %02X %08X:%08X "
           "%02X:%08lX %08X %5u %8d %lu %d 0000000000000000 %s",
           show->n++, (unsigned int)netaddr_to4(&c->laddr), lport,
           (unsigned int)netaddr_to4(&c->raddr), c->rport, line->state,
           (unsigned int)line->tx, (unsigned int)line->rx, timer, when,
           retries, 0u, 0, 0ul, 1, rest);
  proc_printf(show->out, "%-*s\n", (int)width, text);
}

static int linux_dgram(struct socket_conn_s *sconn, void *arg)
{
  struct line_s line = line_of(sconn);
  char rest[16];

  snprintf(rest, sizeof(rest), "%u", (unsigned int)line.drops);
  linux_line(arg, sconn, &line, 0, 0, 0, rest);
  return 0;
}

static int linux_tcp(struct socket_conn_s *sconn, void *arg)
{
  const struct tcp_conn_s *conn = tcp_conn(sconn);
  struct line_s line = line_of(sconn);
  unsigned long when = 0;
  unsigned int timer;
  struct tcp_info info;
  char rest[64];

  if (line.state == TCPS_TIME_WAIT)
    {
      const struct tcp_tw_s *tw = (const struct tcp_tw_s *)conn;
      nettime_t due = net_timer_due(&tw->timer);

      when = due > net_now() ? (due - net_now()) / (NET_SEC / 100) : 0;
      linux_line(arg, sconn, &line, 3, when, 0, "");
      return 0;
    }

  timer = tcp_next_timer(conn, &when);
  memset(&info, 0, sizeof(info));
  if (tcp_conn_resting(conn))
    {
      info.tcpi_rto          = conn->rest.rto_us;
      info.tcpi_snd_cwnd     = conn->rest.cwnd / conn->t_mss;
      info.tcpi_snd_ssthresh = conn->rest.ssthresh / conn->t_mss;
    }
  else if (line.state != TCPS_LISTEN && line.state != TCPS_CLOSED)
    {
      tcp_snd_info(conn, &info);
    }

  if (line.state == TCPS_LISTEN)
    {
      line.tx = 0;
    }

  snprintf(rest, sizeof(rest), "%lu %lu %u %u %d",
           (unsigned long)info.tcpi_rto / 10000, 4ul, 0u,
           info.tcpi_snd_cwnd, info.tcpi_snd_ssthresh >= 0xffff ? -1 :
           (int)info.tcpi_snd_ssthresh);
  linux_line(arg, sconn, &line, timer, when, info.tcpi_retransmits, rest);
  return 0;
}

static void show_tcp(struct proc_out_s *out, void *arg)
{
  struct show_s show = { out, 0 };

  UNUSED(arg);
  proc_printf(out, "%-149s\n", "  sl  local_address rem_address   st "
              "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
  conn_foreach(IPPROTO_TCP, linux_tcp, &show);
}

static void dgram_title(struct proc_out_s *out)
{
  proc_printf(out, "%-127s\n", "   sl  local_address rem_address   st "
              "tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode "
              "ref pointer drops");
}

static void show_udp(struct proc_out_s *out, void *arg)
{
  struct show_s show = { out, 0 };

  UNUSED(arg);
  dgram_title(out);
  conn_foreach(IPPROTO_UDP, linux_dgram, &show);
}

static void show_raw(struct proc_out_s *out, void *arg)
{
  struct show_s show = { out, 0 };

  UNUSED(arg);
  dgram_title(out);
  raw_foreach(linux_dgram, &show);
}

/* Ping sockets */

static void show_icmp(struct proc_out_s *out, void *arg)
{
  struct show_s show = { out, 0 };

  UNUSED(arg);
  dgram_title(out);
  conn_foreach(IPPROTO_ICMP, linux_dgram, &show);
}

/* Sums *********************************************************************/

static int count(struct socket_conn_s *sconn, void *arg)
{
  unsigned int *n = arg;

  n[0] += sconn->proto != IPPROTO_TCP ||
          tcp_conn(sconn)->t_state != TCPS_TIME_WAIT;
  n[1] += sconn->psock != NULL;
  return 0;
}

static void show_sockstat(struct proc_out_s *out, void *arg)
{
  unsigned int tcp[2] = { 0, 0 };
  unsigned int udp[2] = { 0, 0 };
  unsigned int raw[2] = { 0, 0 };
  unsigned int page = 4096;

  UNUSED(arg);
  conn_foreach(IPPROTO_TCP, count, tcp);
  conn_foreach(IPPROTO_UDP, count, udp);
  conn_foreach(IPPROTO_ICMP, count, raw);
  raw_foreach(count, raw);
  proc_printf(out, "sockets: used %u\n", tcp[1] + udp[1] + raw[1]);
  proc_printf(out, "TCP: inuse %u orphan %u tw %u alloc %u mem %u\n",
              tcp[0], (unsigned int)g_tcp.norphans,
              (unsigned int)g_tcp.ntimewait, tcp[0],
              (unsigned int)((tcp_rcvmem_charged() + page - 1) / page));
  proc_printf(out, "UDP: inuse %u\nRAW: inuse %u\n", udp[0], raw[0]);
}

/* For people ***************************************************************/

static const char *endpoint(const struct netaddr_s *addr, uint16_t port,
                            char *text, size_t size)
{
  char ip[NETADDR_STRLEN];

  if (port == 0)
    {
      snprintf(text, size, "%s:*", netaddr_text(addr, ip));
    }
  else
    {
      snprintf(text, size, "%s:%u", netaddr_text(addr, ip), port);
    }

  return text;
}

static const char *task_name(unsigned int pid, char *text, size_t size)
{
  struct tcb_s *tcb = pid != 0 ? nxsched_get_tcb(pid) : NULL;
  char *p;

  if (tcb == NULL)
    {
      snprintf(text, size, pid != 0 ? "-/%u" : "-", pid);
      return text;
    }

  snprintf(text, size, "%s/%u", tcb->name, pid);
  for (p = text; *p != '\0'; p++)
    {
      if (*p == ' ')
        {
          *p = '_';                  /* Columns are split at blanks */
        }
    }

  return text;
}

static const char *proto_name(const struct socket_conn_s *sconn)
{
  return sconn->proto == IPPROTO_TCP ? "tcp" :
         sconn->proto == IPPROTO_UDP ? "udp" :
         sconn->lport != 0 ? "icmp" : "raw";
}

static int socket_line(struct socket_conn_s *sconn, void *arg)
{
  struct line_s line = line_of(sconn);
  bool listens = sconn->proto == IPPROTO_TCP && line.state == TCPS_LISTEN;
  const char *state = "-";
  char local[NETADDR_STRLEN + 8];
  char remote[NETADDR_STRLEN + 8];
  char task[64];
  char queues[48] = "      -       -       -";

  if (sconn->proto == IPPROTO_TCP && line.state < nitems(g_states))
    {
      state = g_states[line.state];
    }
  else if (line.state == TCPS_ESTABLISHED)
    {
      state = g_states[TCPS_ESTABLISHED];
    }

  if (listens)
    {
      snprintf(queues, sizeof(queues), "%7u %7u %7u",
               (unsigned int)line.listen.synq,
               (unsigned int)line.listen.acceptq,
               (unsigned int)line.listen.backlog);
    }

  proc_printf(arg, "%-5s %-21s %-21s %-11s %-20s %7u %7u %s\n",
              proto_name(sconn),
              endpoint(&sconn->laddr, sconn->lport, local, sizeof(local)),
              endpoint(&sconn->raddr, sconn->rport, remote, sizeof(remote)),
              state, task_name(sconn->owner, task, sizeof(task)),
              listens ? 0 : (unsigned int)line.rx,
              listens ? 0 : (unsigned int)line.tx, queues);
  return 0;
}

static void show_sockets(struct proc_out_s *out, void *arg)
{
  UNUSED(arg);
  proc_printf(out, "%-5s %-21s %-21s %-11s %-20s %7s %7s %7s %7s %7s\n",
              "Proto", "Local", "Remote", "State", "Task", "Recv-Q",
              "Send-Q", "Syn-Q", "Acc-Q", "Backlog");
  conn_foreach(IPPROTO_TCP, socket_line, out);
  conn_foreach(IPPROTO_UDP, socket_line, out);
  conn_foreach(IPPROTO_ICMP, socket_line, out);
  raw_foreach(socket_line, out);
}

int proc_net_initialize(void)
{
  static const struct
  {
    const char *path;
    proc_show_t show;
  } files[] =
  {
    { "net/tcp", show_tcp },
    { "net/udp", show_udp },
    { "net/raw", show_raw },
    { "net/icmp", show_icmp },
    { "net/sockstat", show_sockstat },
    { "net/sockets", show_sockets }
  };
  unsigned int i;
  int ret = 0;

  for (i = 0; i < nitems(files) && ret >= 0; i++)
    {
      ret = proc_register(files[i].path, files[i].show, NULL);
    }

  return ret;
}
