/* tests/host/packet/script_call.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The calls of a user in a packet script, and looks at what the user or an
 * operator would see: states, poll(), TCP_INFO, counters.  None waits.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <nuttx/net/net.h>

#include "script.h"
#include "stack.h"
#include "tcp.h"

#define OURS   0x0a000001
#define THEIRS 0x0a000002

struct verb_s
{
  const char *name;
  const char *usage;
  uint8_t min;                       /* Words behind it */
  uint8_t max;
  bool result;                       /* "= N" is allowed */
  void (*run)(struct run_s *run, const struct call_s *call);
};

struct name_s
{
  const char *name;
  int value;
};

static const struct name_s g_errors[] =
{
  {"EAGAIN", EAGAIN}, {"EALREADY", EALREADY}, {"ECONNREFUSED", ECONNREFUSED},
  {"ECONNRESET", ECONNRESET}, {"EINPROGRESS", EINPROGRESS},
  {"EINVAL", EINVAL}, {"EISCONN", EISCONN}, {"ENOTCONN", ENOTCONN},
  {"EPIPE", EPIPE}, {"ETIMEDOUT", ETIMEDOUT}, {"EHOSTUNREACH", EHOSTUNREACH},
  {"ENETUNREACH", ENETUNREACH}, {"EMSGSIZE", EMSGSIZE},
  {"EOPNOTSUPP", EOPNOTSUPP}, {"EADDRINUSE", EADDRINUSE},
  {"EADDRNOTAVAIL", EADDRNOTAVAIL}, {"ENOPROTOOPT", ENOPROTOOPT},
  {"ENOMEM", ENOMEM}, {"ECONNABORTED", ECONNABORTED}, {"EPROTO", EPROTO},
  {"ENOPROTO", ENOPROTOOPT}, {NULL, 0},
};

static const struct name_s g_states[] =
{
  {"CLOSED", TCPS_CLOSED}, {"LISTEN", TCPS_LISTEN},
  {"SYN-SENT", TCPS_SYN_SENT}, {"SYN-RECEIVED", TCPS_SYN_RCVD},
  {"ESTABLISHED", TCPS_ESTABLISHED}, {"FIN-WAIT-1", TCPS_FIN_WAIT_1},
  {"FIN-WAIT-2", TCPS_FIN_WAIT_2}, {"CLOSE-WAIT", TCPS_CLOSE_WAIT},
  {"CLOSING", TCPS_CLOSING}, {"LAST-ACK", TCPS_LAST_ACK},
  {"TIME-WAIT", TCPS_TIME_WAIT}, {NULL, 0},
};

static const struct name_s g_poll[] =
{
  {"in", POLLIN}, {"out", POLLOUT}, {"pri", POLLPRI}, {"err", POLLERR},
  {"hup", POLLHUP}, {"rdhup", POLLRDHUP}, {"none", 0}, {NULL, 0},
};

static const struct name_s g_how[] =
{
  {"rd", SHUT_RD}, {"wr", SHUT_WR}, {"rdwr", SHUT_RDWR}, {NULL, 0},
};

static const struct name_s g_flags[] =
{
  {"oob", MSG_OOB}, {"peek", MSG_PEEK}, {"more", MSG_MORE}, {NULL, 0},
};

static const struct
{
  const char *name;
  int level;
  int option;
} g_options[] =
{
  {"nodelay", IPPROTO_TCP, TCP_NODELAY}, {"cork", IPPROTO_TCP, TCP_CORK},
  {"maxseg", IPPROTO_TCP, TCP_MAXSEG},
  {"keepidle", IPPROTO_TCP, TCP_KEEPIDLE},
  {"keepintvl", IPPROTO_TCP, TCP_KEEPINTVL},
  {"keepcnt", IPPROTO_TCP, TCP_KEEPCNT},
  {"user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT},
  {"quickack", IPPROTO_TCP, TCP_QUICKACK},
  {"keepalive", SOL_SOCKET, SO_KEEPALIVE}, {"sndbuf", SOL_SOCKET, SO_SNDBUF},
  {"rcvbuf", SOL_SOCKET, SO_RCVBUF}, {"oobinline", SOL_SOCKET, SO_OOBINLINE},
  {"tos", IPPROTO_IP, IP_TOS}, {"ttl", IPPROTO_IP, IP_TTL},
};

#define NOPTIONS (sizeof(g_options) / sizeof(g_options[0]))

#define FIELD(name, field) \
  { \
    name, offsetof(struct tcp_info, field), \
    sizeof(((struct tcp_info *)0)->field) \
  }

static const struct
{
  const char *name;
  unsigned int offset;
  unsigned int size;
} g_info[] =
{
  FIELD("cwnd", tcpi_snd_cwnd), FIELD("ssthresh", tcpi_snd_ssthresh),
  FIELD("rto", tcpi_rto), FIELD("rtt", tcpi_rtt),
  FIELD("rttvar", tcpi_rttvar), FIELD("unacked", tcpi_unacked),
  FIELD("sacked", tcpi_sacked), FIELD("lost", tcpi_lost),
  FIELD("retrans", tcpi_total_retrans), FIELD("mss", tcpi_snd_mss),
  FIELD("pmtu", tcpi_pmtu), FIELD("backoff", tcpi_backoff),
  FIELD("ca_state", tcpi_ca_state), FIELD("probes", tcpi_probes),
};

#define NINFO (sizeof(g_info) / sizeof(g_info[0]))

static uint8_t g_buffer[1024 * 1024];

static const struct name_s *find(const struct name_s *names,
                                 const char *name)
{
  while (names->name != NULL && strcmp(names->name, name) != 0)
    {
      names++;
    }

  return names->name != NULL ? names : NULL;
}

/* "EPIPE (32)"; the value itself where it is no error */

static const char *result_name(long value, char *text, unsigned int size)
{
  const struct name_s *names;

  snprintf(text, size, "%ld", value);
  for (names = g_errors; value < 0 && names->name != NULL; names++)
    {
      if (names->value == -value)
        {
          snprintf(text, size, "%s", names->name);
          break;
        }
    }

  return text;
}

static void check(struct run_s *run, const struct call_s *call, long got,
                  long expected)
{
  long want = call->has_result ? call->result : expected;
  char text[2][24];

  if (got != want)
    {
      script_fail(run, "%s: the result is %s, not %s", call->verb->name,
                  result_name(got, text[0], sizeof(text[0])),
                  result_name(want, text[1], sizeof(text[1])));
    }
}

/* A word that names something, a number: or the script fails */

static int value_of(struct run_s *run, const struct name_s *names,
                    const char *word)
{
  const struct name_s *found = find(names, word);

  if (found == NULL)
    {
      script_fail(run, "'%s' is not known here", word);
    }

  return found != NULL ? found->value : 0;
}

static long number(struct run_s *run, const char *word)
{
  long value = 0;

  if (!script_number(word, 0, 2147483647, &value))
    {
      script_fail(run, "'%s' is no number", word);
    }

  return value;
}

/* The socket that the script has: that which was accepted or connected, else
 * the listener
 */

static struct socket *current(struct run_s *run)
{
  if (run->sock == NULL && run->listener == NULL)
    {
      script_fail(run, "there is no socket: say socket, listen or connect "
                  "before");
    }

  return run->sock != NULL ? run->sock : run->listener;
}

static bool new_socket(struct run_s *run, struct socket **psock)
{
  int ret = psock_socket(AF_INET, SOCK_STREAM, 0, psock);

  if (ret < 0)
    {
      *psock = NULL;
      script_fail(run, "no socket: error %d", -ret);
    }

  return ret == 0;
}

static void address(struct sockaddr_in *sin, uint32_t addr, uint16_t port)
{
  memset(sin, 0, sizeof(*sin));
  sin->sin_family      = AF_INET;
  sin->sin_addr.s_addr = htonl(addr);
  sin->sin_port        = htons(port);
}

/* OPEN *********************************************************************/

static void do_socket(struct run_s *run, const struct call_s *call)
{
  (void)call;
  if (run->sock != NULL)
    {
      script_fail(run, "there is a socket already");
      return;
    }

  new_socket(run, &run->sock);
}

static void do_listen(struct run_s *run, const struct call_s *call)
{
  long backlog = call->n > 0 ? number(run, call->word[0]) : 5;
  struct socket *psock = run->sock;
  struct sockaddr_in sin;
  int ret;

  if (psock == NULL)
    {
      address(&sin, 0, STACK_PORT);
      if (run->listener == NULL)
        {
          if (!new_socket(run, &run->listener))
            {
              return;
            }

          check(run, call, psock_bind(run->listener, (struct sockaddr *)&sin,
                                      sizeof(sin)), 0);
        }

      psock = run->listener;
    }

  ret = psock_listen(psock, (int)backlog);
  check(run, call, ret, 0);
}

static void do_connect(struct run_s *run, const struct call_s *call)
{
  struct sockaddr_in sin;
  struct socket *psock;
  int ret;

  if (run->sock == NULL && run->listener == NULL &&
      !new_socket(run, &run->sock))
    {
      return;
    }

  psock = current(run);
  address(&sin, THEIRS, SCRIPT_PORT);
  ret = psock_connect(psock, (struct sockaddr *)&sin, sizeof(sin),
                      MSG_DONTWAIT);
  check(run, call, ret, -EINPROGRESS);
  if (ret == -EINPROGRESS)
    {
      run->lport = psock->s_conn->lport;
    }
}

static void do_accept(struct run_s *run, const struct call_s *call)
{
  struct socket *psock = NULL;
  struct socket *from = run->listener != NULL ? run->listener : current(run);
  int ret;

  if (from == NULL)
    {
      return;
    }

  ret = psock_accept(from, NULL, NULL, &psock, MSG_DONTWAIT);
  check(run, call, ret, 0);
  if (ret == 0 && run->sock == NULL)
    {
      run->sock = psock;
    }
  else if (ret == 0)
    {
      psock_close(psock);
    }
}

/* SEND, RECEIVE ************************************************************/

static void do_send(struct run_s *run, const struct call_s *call)
{
  long len = number(run, call->word[0]);
  int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  struct socket *psock = current(run);
  ssize_t ret;
  long i;

  if (call->n > 1)
    {
      flags |= value_of(run, g_flags, call->word[1]);
    }

  if (psock == NULL || len > (long)sizeof(g_buffer))
    {
      script_fail(run, "no more than %zu bytes at once", sizeof(g_buffer));
      return;
    }

  for (i = 0; i < len; i++)
    {
      g_buffer[i] = script_byte(run->sent + 1 + (uint32_t)i);
    }

  ret = psock_sendto(psock, g_buffer, (size_t)len, flags, NULL, 0);
  check(run, call, ret, len);
  run->sent += ret > 0 ? (uint32_t)ret : 0;
}

/* recv N [at SEQ] [oob|peek]: "at" is where the stream goes on, if a byte of
 * it was taken out of line
 */

static void do_recv(struct run_s *run, const struct call_s *call)
{
  long len = number(run, call->word[0]);
  struct socket *psock = current(run);
  uint32_t at = run->received + 1;
  int flags = MSG_DONTWAIT;
  unsigned int next = 1;
  ssize_t ret;
  ssize_t i;

  if (next + 1 < call->n && strcmp(call->word[next], "at") == 0)
    {
      at    = (uint32_t)number(run, call->word[next + 1]);
      next += 2;
    }

  if (next < call->n)
    {
      flags |= value_of(run, g_flags, call->word[next]);
    }

  if (psock == NULL || len > (long)sizeof(g_buffer))
    {
      script_fail(run, "no more than %zu bytes at once", sizeof(g_buffer));
      return;
    }

  ret = psock_recvfrom(psock, g_buffer, (size_t)len, flags, NULL, NULL);
  check(run, call, ret, len);
  for (i = 0; i < ret; i++)
    {
      if (g_buffer[i] != script_byte(at + (uint32_t)i))
        {
          script_fail(run, "the byte at %lu is not that which was sent",
                      (unsigned long)(at + (uint32_t)i));
          break;
        }
    }

  if (ret > 0 && (flags & (MSG_PEEK | MSG_OOB)) == 0)
    {
      run->received = at - 1 + (uint32_t)ret;
    }
}

/* CLOSE, ABORT *************************************************************/

static void let_go(struct run_s *run, const struct call_s *call, int how)
{
  struct linger linger =
  {
    1, 0
  };

  bool listener = call->n > 0 || run->sock == NULL;
  struct socket *psock = listener ? run->listener : run->sock;

  if (psock == NULL || (call->n > 0 && strcmp(call->word[0], "listener")))
    {
      script_fail(run, "there is no such socket");
      return;
    }

  if (how != 0)
    {
      check(run, call, psock_setsockopt(psock, SOL_SOCKET, SO_LINGER,
                                        &linger, sizeof(linger)), 0);
    }

  *(listener ? &run->listener : &run->sock) = NULL;
  check(run, call, psock_close(psock), 0);
}

static void do_close(struct run_s *run, const struct call_s *call)
{
  let_go(run, call, 0);
}

static void do_abort(struct run_s *run, const struct call_s *call)
{
  let_go(run, call, 1);
}

static void do_shutdown(struct run_s *run, const struct call_s *call)
{
  int how = value_of(run, g_how, call->word[0]);
  struct socket *psock = current(run);

  if (psock != NULL)
    {
      check(run, call, psock_shutdown(psock, how), 0);
    }
}

/* STATUS *******************************************************************/

static unsigned int state_of(struct run_s *run)
{
  struct netaddr_s laddr = netaddr_from4(htonl(OURS));
  struct netaddr_s raddr = netaddr_from4(htonl(THEIRS));
  struct socket *psock = run->sock != NULL ? run->sock : run->listener;
  struct socket_conn_s *sconn = conn_lookup(IPPROTO_TCP, &laddr, run->lport,
                                            &raddr, SCRIPT_PORT, 0);

  if (sconn == NULL && psock != NULL)
    {
      sconn = psock->s_conn;
    }

  return sconn != NULL ? tcp_conn(sconn)->t_state : TCPS_CLOSED;
}

static void do_state(struct run_s *run, const struct call_s *call)
{
  int want = value_of(run, g_states, call->word[0]);
  unsigned int got = state_of(run);
  const struct name_s *names = g_states;

  while (names->name != NULL && names->value != (int)got)
    {
      names++;
    }

  if (want != (int)got)
    {
      script_fail(run, "the state is %s, not %s",
                  names->name != NULL ? names->name : "unknown",
                  call->word[0]);
    }
}

static void do_poll(struct run_s *run, const struct call_s *call)
{
  struct socket *psock = current(run);
  unsigned int want = 0;
  unsigned int got;
  char text[64] = "";
  unsigned int i;

  for (i = 0; i < call->n; i++)
    {
      want |= (unsigned int)value_of(run, g_poll, call->word[i]);
    }

  if (psock == NULL)
    {
      return;
    }

  got = psock->s_sockif->si_poll(psock);
  for (i = 0; g_poll[i].value != 0; i++)
    {
      if ((got & (unsigned int)g_poll[i].value) != 0)
        {
          snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
                   g_poll[i].name);
        }

      want |= want & (unsigned int)g_poll[i].value;
    }

  if ((got & (POLLIN | POLLOUT | POLLPRI | POLLERR | POLLHUP |
              POLLRDHUP)) != want)
    {
      script_fail(run, "poll says:%s", text[0] != '\0' ? text : " none");
    }
}

static void do_error(struct run_s *run, const struct call_s *call)
{
  struct socket *psock = current(run);
  socklen_t len = sizeof(int);
  char text[24];
  int want = strcmp(call->word[0], "0") == 0 ? 0 :
             value_of(run, g_errors, call->word[0]);
  int got = 0;

  if (psock != NULL &&
      (psock_getsockopt(psock, SOL_SOCKET, SO_ERROR, &got, &len) < 0 ||
       got != want))
    {
      script_fail(run, "SO_ERROR is %s, not %s",
                  result_name(-got, text, sizeof(text)), call->word[0]);
    }
}

/* FIELD =, < or > N */

static void do_info(struct run_s *run, const struct call_s *call)
{
  long want = number(run, call->word[2]);
  const char *op = call->word[1];
  struct socket *psock = current(run);
  struct tcp_info info;
  socklen_t len = sizeof(info);
  long got = 0;
  unsigned int i;

  for (i = 0; i < NINFO && strcmp(g_info[i].name, call->word[0]) != 0; i++)
    {
    }

  if (i == NINFO || strlen(op) != 1 || strchr("=<>", op[0]) == NULL)
    {
      script_fail(run, "'%s %s' is no comparison: info FIELD = N (or < or >)",
                  call->word[0], op);
      return;
    }

  memset(&info, 0, sizeof(info));
  if (psock == NULL || psock_getsockopt(psock, IPPROTO_TCP, TCP_INFO, &info,
                                        &len) < 0)
    {
      script_fail(run, "there is no TCP_INFO");
      return;
    }

  got = g_info[i].size == 4 ? (long)*(uint32_t *)((char *)&info +
                                                  g_info[i].offset) :
        (long)*((uint8_t *)&info + g_info[i].offset);
  if (op[0] == '=' ? got != want : op[0] == '<' ? got >= want : got <= want)
    {
      script_fail(run, "%s is %ld", call->word[0], got);
    }
}

static void do_stat(struct run_s *run, const struct call_s *call)
{
  uint64_t value = 0;

  if (net_stats_get(call->word[0], &value) < 0)
    {
      script_fail(run, "there is no counter '%s'", call->word[0]);
    }
  else
    {
      check(run, call, (long)value, 0);
    }
}

static void do_option(struct run_s *run, const struct call_s *call)
{
  struct socket *psock = current(run);
  const char *name = call->word[0];
  int value = 0;
  unsigned int i;

  if (psock == NULL)
    {
      return;
    }

  if (strcmp(name, "congestion") == 0)
    {
      check(run, call, psock_setsockopt(psock, IPPROTO_TCP, TCP_CONGESTION,
                                        call->word[1],
                                        (socklen_t)strlen(call->word[1])),
            0);
      return;
    }

  for (i = 0; i < NOPTIONS && strcmp(g_options[i].name, name) != 0; i++)
    {
    }

  if (i == NOPTIONS)
    {
      script_fail(run, "'%s' is no option of a socket", name);
      return;
    }

  value = (int)number(run, call->word[1]);
  check(run, call, psock_setsockopt(psock, g_options[i].level,
                                    g_options[i].option, &value,
                                    sizeof(value)), 0);
}

/* Bytes not acknowledged, or not read: SIOCOUTQ, SIOCINQ */

static void do_queue(struct run_s *run, const struct call_s *call)
{
  bool out = strcmp(call->word[0], "out") == 0;
  struct socket *psock = current(run);
  int value = -1;

  if (!out && strcmp(call->word[0], "in") != 0)
    {
      script_fail(run, "a queue is 'in' or 'out'");
    }
  else if (psock != NULL)
    {
      int ret = psock_ioctl(psock, out ? TIOCOUTQ : FIONREAD,
                            (unsigned long)(uintptr_t)&value);

      check(run, call, ret < 0 ? ret : value, 0);
    }
}

/* The line itself **********************************************************/

/* Of quiet and flush: script_run.c has seen to what was sent */

static void do_nothing(struct run_s *run, const struct call_s *call)
{
  (void)run;
  (void)call;
}


static void do_link(struct run_s *run, const struct call_s *call)
{
  if (strcmp(call->word[0], "up") == 0)
    {
      check(run, call, netif_up(run->wire->nif), 0);
      wire_know(run->wire, SCRIPT_HOST);
    }
  else if (strcmp(call->word[0], "down") == 0)
    {
      netif_down(run->wire->nif);
    }
  else
    {
      script_fail(run, "a link is 'up' or 'down'");
    }
}

/* The next SYN of the stack begins new numbers, and the user's stream */

static void do_renumber(struct run_s *run, const struct call_s *call)
{
  (void)call;
  run->has_iss  = false;
  run->has_ts   = false;
  run->sent     = 0;
  run->received = 0;
}

static const struct verb_s g_verbs[] =
{
  {"socket",   "socket",                 0, 0, false, do_socket},
  {"listen",   "listen [BACKLOG]",       0, 1, true,  do_listen},
  {"connect",  "connect",                0, 0, true,  do_connect},
  {"accept",   "accept",                 0, 0, true,  do_accept},
  {"send",     "send N [oob|more]",      1, 2, true,  do_send},
  {"recv",     "recv N [at SEQ] [oob|peek]", 1, 4, true,  do_recv},
  {"close",    "close [listener]",       0, 1, true,  do_close},
  {"abort",    "abort [listener]",       0, 1, true,  do_abort},
  {"shutdown", "shutdown rd|wr|rdwr",    1, 1, true,  do_shutdown},
  {"state",    "state NAME",             1, 1, false, do_state},
  {"poll",     "poll EVENT ...",         1, 6, false, do_poll},
  {"error",    "error NAME|0",           1, 1, false, do_error},
  {"info",     "info FIELD =|<|> N",     3, 3, false, do_info},
  {"stat",     "stat COUNTER = N",       1, 1, true,  do_stat},
  {"option",   "option NAME VALUE",      2, 2, true,  do_option},
  {"queue",    "queue in|out = N",       1, 1, true,  do_queue},
  {"quiet",    "quiet",                  0, 0, false, do_nothing},
  {"flush",    "flush",                  0, 0, false, do_nothing},
  {"link",     "link up|down",           1, 1, false, do_link},
  {"renumber", "renumber",               0, 0, false, do_renumber},
};

#define NVERBS (sizeof(g_verbs) / sizeof(g_verbs[0]))

static bool parse_result(const struct script_s *script, int line,
                         const char *text, struct call_s *call)
{
  const struct name_s *error = find(g_errors, text);

  call->has_result = true;
  if (error != NULL)
    {
      call->result = -error->value;
      return true;
    }

  return script_number(text, 0, 2147483647, &call->result) ? true :
         script_wrong(script, line, "the result '%s' is neither a number nor "
                      "an error that is known", text);
}

bool script_call_parse(const struct script_s *script, int line, char *text,
                       struct call_s *call)
{
  char *word[CALL_MAXWORDS + 4];
  unsigned int n = script_split(text, word, CALL_MAXWORDS + 3);
  unsigned int i;

  for (i = 0; i < NVERBS && strcmp(g_verbs[i].name, word[0]) != 0; i++)
    {
    }

  if (i == NVERBS)
    {
      return script_wrong(script, line, "'%s' is neither a call nor a look; "
                          "segments begin with < or >", word[0]);
    }

  call->verb = &g_verbs[i];
  if (call->verb->result && n >= 3 && strcmp(word[n - 2], "=") == 0)
    {
      if (!parse_result(script, line, word[n - 1], call))
        {
          return false;
        }

      n -= 2;
    }

  if (n - 1 < call->verb->min || n - 1 > call->verb->max)
    {
      return script_wrong(script, line, "write: %s%s", call->verb->usage,
                          call->verb->result &&
                          strchr(call->verb->usage, '=') == NULL ?
                          " [= RESULT]" : "");
    }

  for (i = 1; i < n; i++)
    {
      call->word[call->n++] = strdup(word[i]);
    }

  return true;
}

void script_call(struct run_s *run, const struct call_s *call)
{
  call->verb->run(run, call);
}
