/* tests/host/net/test_procnet.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints in /proc/net.  Goal: a program that parses Linux' files finds in
 * ours what the sockets really are; /proc/net/sockets names the task and the
 * queues of a listener.  Method: sockets of all kinds in known states, the
 * files read with the formats that netstat uses.
 */

#include <nuttx/config.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <nuttx/fs/fs.h>
#include <nuttx/sched.h>

#include "udp_fixture.h"

static struct wire_s g_wire;
static char *g_text;

static const char *slurp(const char *path)
{
  static char text[4 * 1024 * 1024];
  int fd = nx_open(path, O_RDONLY);
  size_t len = 0;
  ssize_t n;

  CHECK(fd >= 0);
  while (fd >= 0 &&
         (n = nx_read(fd, text + len, sizeof(text) - 1 - len)) > 0)
    {
      len += n;
    }

  text[len] = '\0';
  nx_close(fd);
  g_text = text;
  return text;
}

struct row_s
{
  unsigned int laddr;
  unsigned int lport;
  unsigned int raddr;
  unsigned int rport;
  unsigned int state;
  unsigned long tx;
  unsigned long rx;
  unsigned int timer;
  unsigned long when;
};

/* The line of a local port, with the format of net-tools; lines are counted
 * and their width checked.
 */

static unsigned int rows(const char *path, size_t width, unsigned int lport,
                         struct row_s *row)
{
  const char *line = slurp(path);
  unsigned int found = 0;
  unsigned int n = 0;

  memset(row, 0, sizeof(*row));
  for (; *line != '\0'; line = strchr(line, '\n') + 1, n++)
    {
      struct row_s r;
      unsigned int sl;
      unsigned int uid;
      int timeout;
      unsigned long inode;
      unsigned long retries;

      CHECK_EQ(strchr(line, '\n') - line, width);
      if (n == 0)
        {
          CHECK(strstr(line, "local_address") != NULL);
          continue;
        }

      CHECK_EQ(sscanf(line, "%u: %8X:%X %8X:%X %X %lX:%lX %X:%lX %lX %u %d "
                      "%lu ", &sl, &r.laddr, &r.lport, &r.raddr, &r.rport,
                      &r.state, &r.tx, &r.rx, &r.timer, &r.when, &retries,
                      &uid, &timeout, &inode), 14);
      CHECK_EQ(sl, n - 1);
      if (r.lport == lport)
        {
          *row = r;
          found++;
        }
    }

  CHECK(found == 1 || lport == 0);
  return n - 1;
}

static void udp_files(void)
{
  struct socket *s[3];
  struct row_s row;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
  s[0] = udp_open();                 /* No port: not in any list */
  s[1] = udp_bound(INADDR_ANY, 1000);
  s[2] = udp_bound(US, 1001);
  CHECK_EQ(udp_connect_to(s[2], PEER, 53), 0);
  udp_arrives(&g_wire, 2, 99, 1000, "hello", 5);
  g_wire.full = true;
  CHECK_EQ(udp_send(s[2], "x", 1), 1);
  CHECK_EQ(rows("/proc/net/udp", 127, 1000, &row), 2);
  CHECK_EQ(row.laddr, 0);
  CHECK_EQ(row.raddr, 0);
  CHECK_EQ(row.state, 7);
  CHECK(row.rx > 5 && row.tx == 0);
  rows("/proc/net/udp", 127, 1001, &row);
  CHECK_EQ(row.laddr, htonl(US));
  CHECK_EQ(row.raddr, htonl(PEER));
  CHECK_EQ(row.rport, 53);
  CHECK_EQ(row.state, 1);
  CHECK(row.tx > 1 && row.rx == 0);

  /* Drops, in the last column */

  s[1]->s_conn->rcvbuf = 1;
  udp_arrives(&g_wire, 2, 99, 1000, "x", 1);
  udp_arrives(&g_wire, 2, 99, 1000, "x", 1);
  slurp("/proc/net/udp");
  CHECK(strstr(g_text, "0000000000000000 2 ") != NULL);
  CHECK(strstr(slurp("/proc/net/sockstat"), "UDP: inuse 2\n") != NULL);
  for (i = 0; i < 3; i++)
    {
      psock_close(s[i]);
    }

  CHECK_EQ(rows("/proc/net/udp", 127, 0, &row), 0);
}

static void tcp_files(void)
{
  struct sockaddr_in in = name_of(0x7f000001, 5001);
  struct socket *server = NULL;
  struct socket *client[3];
  struct socket *conn = NULL;
  struct row_s row;
  unsigned int i;

  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &server), 0);
  CHECK_EQ(psock_bind(server, (struct sockaddr *)&in, sizeof(in)), 0);
  CHECK_EQ(psock_listen(server, 7), 0);
  rows("/proc/net/tcp", 149, 5001, &row);
  CHECK_EQ(row.state, 10);
  CHECK_EQ(row.laddr, htonl(0x7f000001));
  CHECK_EQ(row.rx, 0);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &client[i]), 0);
      CHECK_EQ(psock_connect(client[i], (struct sockaddr *)&in, sizeof(in),
                             0), 0);
    }

  stack_sleep(NET_MSEC);
  slurp("/proc/net/sockets");
  CHECK(strstr(g_text, "LISTEN") != NULL);
  CHECK(strstr(strstr(g_text, "LISTEN"), "0       3       7\n") != NULL);
  CHECK_EQ(psock_accept(server, NULL, NULL, &conn, 0), 0);
  CHECK_EQ(psock_sendto(client[0], "hello", 5, 0, NULL, 0), 5);
  stack_sleep(NET_SEC);
  rows("/proc/net/tcp", 149, udp_port(client[0]), &row);
  CHECK_EQ(row.state, 1);
  CHECK_EQ(row.rport, 5001);
  CHECK_EQ(row.tx, 0);
  slurp("/proc/net/sockets");
  CHECK(strstr(g_text, "ESTABLISHED") != NULL);
  CHECK(strstr(slurp("/proc/net/sockstat"), "TCP: inuse 7 ") != NULL);
  psock_close(conn);
  psock_close(server);
  for (i = 0; i < 3; i++)
    {
      psock_close(client[i]);
    }

  stack_sleep(NET_SEC);
  slurp("/proc/net/tcp");
  slurp("/proc/net/sockets");
  stack_sleep(300 * NET_SEC);
  CHECK_EQ(rows("/proc/net/tcp", 149, 0, &row), 0);
}

/* The line of /proc/net/sockets that begins so, blanks folded */

static const char *line_with(const char *start)
{
  static char line[200];
  char *p;
  char *q;

  slurp("/proc/net/sockets");
  p = strstr(g_text, start);
  if (p == NULL)
    {
      return "";
    }

  for (q = line; *p != '\n' && q < line + sizeof(line) - 1; p++)
    {
      if (*p != ' ' || p[1] != ' ')
        {
          *q++ = *p;
        }
    }

  *q = '\0';
  return line;
}

static void for_people(void)
{
  struct socket *u = udp_bound(0x7f000001, 53);
  struct socket *r = NULL;
  char want[100];

  CHECK_EQ(psock_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, &r), 0);
  slurp("/proc/net/sockets");
  CHECK_EQ(strncmp(g_text, "Proto Local ", 12), 0);
  snprintf(want, sizeof(want), "udp 127.0.0.1:53 0.0.0.0:* - init/%d 0 0 "
           "- - -", nxsched_getpid());
  CHECK(strcmp(line_with("udp "), want) == 0);
  CHECK(strncmp(line_with("raw "), "raw 0.0.0.0:* 0.0.0.0:* - init/", 31) ==
        0);
  u->s_conn->owner = 30000;          /* A task that has gone */
  CHECK(strstr(line_with("udp "), " -/30000 ") != NULL);
  u->s_conn->owner = 0;
  CHECK(strcmp(line_with("udp "),
               "udp 127.0.0.1:53 0.0.0.0:* - - 0 0 - - -") == 0);
  psock_close(u);
  psock_close(r);
}

/* A long file is whole, and one entry a line */

static void many(void)
{
  static struct socket *s[5000];
  struct row_s row;
  unsigned int i;

  for (i = 0; i < nitems(s); i++)
    {
      s[i] = udp_bound(INADDR_ANY, 1 + i);
    }

  CHECK_EQ(rows("/proc/net/udp", 127, 4242, &row), nitems(s));
  for (i = 0; i < nitems(s); i++)
    {
      psock_close(s[i]);
    }
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(udp_files)
SCENARIO(tcp_files)
SCENARIO(for_people)
SCENARIO(many)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_udp_files),
    cmocka_unit_test(test_tcp_files),
    cmocka_unit_test(test_for_people),
    cmocka_unit_test(test_many)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
