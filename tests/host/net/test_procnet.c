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

#include "net_link.h"
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

/* The end of a connection lies about for a minute: state 6, timer 3 */

static void time_wait_file(void)
{
  struct sockaddr_in in = name_of(0x7f000001, 5002);
  struct socket *server = NULL;
  struct socket *client = NULL;
  struct socket *conn = NULL;
  struct row_s row;
  unsigned int port;

  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &server), 0);
  CHECK_EQ(psock_bind(server, (struct sockaddr *)&in, sizeof(in)), 0);
  CHECK_EQ(psock_listen(server, 7), 0);
  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &client), 0);
  CHECK_EQ(psock_connect(client, (struct sockaddr *)&in, sizeof(in), 0), 0);
  CHECK_EQ(psock_accept(server, NULL, NULL, &conn, 0), 0);
  port = udp_port(client);
  psock_close(server);
  psock_close(client);
  stack_sleep(NET_SEC);
  psock_close(conn);
  stack_sleep(NET_SEC);
  CHECK_EQ(rows("/proc/net/tcp", 149, port, &row), 1);
  CHECK_EQ(row.laddr, htonl(0x7f000001));
  CHECK_EQ(row.rport, 5002);
  CHECK_EQ(row.state, 6);
  CHECK_EQ(row.timer, 3);
  CHECK(row.when > 5000 && row.when < 6000);   /* Of 60 s, one has gone */
  CHECK(strstr(slurp("/proc/net/sockets"), "TIME_WAIT") != NULL);
  stack_sleep(60 * NET_SEC);
  CHECK_EQ(rows("/proc/net/tcp", 149, 0, &row), 0);
}

/* Raw sockets by protocol, ping sockets by identifier, and neither of them
 * in the other's file.
 */

static void raw_files(void)
{
  struct socket *raw = NULL;
  struct socket *ping = NULL;
  struct sockaddr_in in = name_of(US, 77);
  struct row_s row;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK_EQ(rows("/proc/net/raw", 127, 0, &row), 0);
  CHECK_EQ(rows("/proc/net/icmp", 127, 0, &row), 0);
  CHECK_EQ(psock_socket(AF_INET, SOCK_RAW, IPPROTO_EGP, &raw), 0);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, &ping), 0);
  CHECK_EQ(psock_bind(ping, (struct sockaddr *)&in, sizeof(in)), 0);
  CHECK_EQ(rows("/proc/net/raw", 127, IPPROTO_EGP, &row), 1);
  CHECK_EQ(row.laddr, 0);
  CHECK_EQ(row.state, 7);
  CHECK_EQ(rows("/proc/net/icmp", 127, 77, &row), 1);
  CHECK_EQ(row.laddr, htonl(US));
  CHECK_EQ(rows("/proc/net/udp", 127, 0, &row), 0);
  psock_close(raw);
  psock_close(ping);
  CHECK_EQ(rows("/proc/net/raw", 127, 0, &row), 0);
  CHECK_EQ(rows("/proc/net/icmp", 127, 0, &row), 0);
}

/* Whom we know: by hand, by an answer, and who does not answer */

static void arp_file(void)
{
  static const uint8_t mac[6] =
    {
      0x02, 0xab, 0xcd, 0xef, 0x01, 0x09
    };
  struct netaddr_s addr = netaddr_from4(htonl(0x0a000009));
  struct socket *s;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK(strchr(slurp("/proc/net/arp"), '\n')[1] == '\0');
  CHECK_EQ(strncmp(g_text, "IP address       HW type     Flags ", 35), 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(arp_set(g_wire.nif, &addr, mac, true), 0);
  addr = netaddr_from4(htonl(0x0a000008));
  CHECK_EQ(arp_set(g_wire.nif, &addr, mac, false), 0);
  s = udp_open();
  CHECK_EQ(udp_send_to(s, "x", 1, 0x0a000007, 9), 1);
  slurp("/proc/net/arp");
  CHECK(strstr(g_text, "10.0.0.2         0x1         0x6         "
               "02:00:00:00:01:02     *        eth0\n") != NULL);
  CHECK(strstr(g_text, "10.0.0.9         0x1         0x6         "
               "02:ab:cd:ef:01:09     *        eth0\n") != NULL);
  CHECK(strstr(g_text, "10.0.0.8         0x1         0x2         "
               "02:ab:cd:ef:01:09     *        eth0\n") != NULL);
  CHECK(strstr(g_text, "10.0.0.7         0x1         0x0         "
               "00:00:00:00:00:00     *        eth0\n") != NULL);
  CHECK_EQ(arp_del(g_wire.nif, &addr), 0);
  CHECK(strstr(slurp("/proc/net/arp"), "10.0.0.8 ") == NULL);
  psock_close(s);
  stack_sleep(10 * NET_SEC);
}

/* Every line as wide as Linux' are; addresses as the machine has them in
 * memory; what belongs to lo is not there.
 */

static void route_file(void)
{
  struct netaddr_s any = netaddr_from4(0);
  struct netaddr_s gw = netaddr_from4(htonl(PEER));
  char want[100];
  const char *line;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK_EQ(route_add(&any, 0, &gw, NULL, 7, 0), 0);
  slurp("/proc/net/route");
  CHECK_EQ(strncmp(g_text, "Iface\tDestination\tGateway \tFlags\t", 33), 0);
  for (line = g_text; *line != '\0'; line = strchr(line, '\n') + 1)
    {
      CHECK_EQ(strchr(line, '\n') - line, 127);
    }

  snprintf(want, sizeof(want), "eth0\t%08X\t00000000\t0001\t0\t0\t0\t%08X\t"
           "0\t0\t0 ", htonl(0x0a000000), htonl(0xffffff00));
  CHECK(strstr(g_text, want) != NULL);
  snprintf(want, sizeof(want), "eth0\t00000000\t%08X\t0003\t0\t0\t7\t"
           "00000000\t0\t0\t0 ", htonl(PEER));
  CHECK(strstr(g_text, want) != NULL);
  CHECK(strstr(g_text, "\nlo\t") == NULL);
  CHECK_EQ(route_del(&any, 0, &gw, NULL), 0);
  CHECK(strstr(slurp("/proc/net/route"), want) == NULL);
}

static void dev_file(void)
{
  unsigned long long value[16];
  struct socket *s;
  const char *line;

  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
  wire_flush(&g_wire);
  s = udp_bound(US, 900);
  udp_arrives(&g_wire, 2, 99, 900, "hello", 5);
  CHECK_EQ(udp_send_to(s, "four", 4, PEER, 9), 4);
  line = strstr(slurp("/proc/net/dev"), " eth0:");
  CHECK(line != NULL && strstr(g_text, "    lo:") != NULL);
  CHECK(line != NULL &&
        sscanf(line, " eth0: %llu %llu %llu %llu %llu %llu %llu %llu %llu "
               "%llu", &value[0], &value[1], &value[2], &value[3], &value[4],
               &value[5], &value[6], &value[7], &value[8], &value[9]) == 10);
  CHECK(value[0] >= 14 + 20 + 8 + 5 && value[1] >= 1);
  CHECK_EQ(value[9], g_wire.total);
  psock_close(s);
}

/* The value of a name in a file of pairs of lines, names above values */

static long long pair_value(const char *path, const char *proto,
                            const char *name)
{
  static char names[4096];
  static char values[4096];
  char *n;
  char *v;
  char *nend;
  char *vend;
  const char *line = slurp(path);
  size_t len = strlen(proto);

  while (*line != '\0' && strncmp(line, proto, len) != 0)
    {
      line = strchr(line, '\n') + 1;
    }

  if (sscanf(line, "%4095[^\n]\n%4095[^\n]\n", names, values) != 2 ||
      strncmp(values, proto, len) != 0)
    {
      CHECK(!"both lines");
      return -1;
    }

  n = strtok_r(names, " ", &nend);
  v = strtok_r(values, " ", &vend);
  while (n != NULL && v != NULL && strcmp(n, name) != 0)
    {
      n = strtok_r(NULL, " ", &nend);
      v = strtok_r(NULL, " ", &vend);
    }

  CHECK(n != NULL && v != NULL);
  return v != NULL ? strtoll(v, NULL, 10) : -1;
}

static long long snmp(const char *proto, const char *name)
{
  return pair_value("/proc/net/snmp", proto, name);
}

/* As netstat -s reads them: all names have values, and they are ours; what
 * is in one of the files is not in the other; /proc/net/stats has all.
 */

static void counter_files(void)
{
  struct socket *s;
  char want[100];

  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
  s = udp_bound(US, 900);
  udp_arrives(&g_wire, 2, 99, 900, "hello", 5);
  udp_arrives(&g_wire, 2, 99, 901, "nobody", 6);
  CHECK_EQ(udp_send_to(s, "four", 4, PEER, 9), 4);
  CHECK_EQ(udp_send_to(s, "four", 4, 0xc0a80001, 9), -ENETUNREACH);

  CHECK_EQ(snmp("Ip:", "Forwarding"), 2);
  CHECK_EQ(snmp("Ip:", "DefaultTTL"), 64);
  CHECK_EQ(snmp("Ip:", "InReceives"), stack_stat("ip.inreceives"));
  CHECK_EQ(snmp("Udp:", "InDatagrams"), 1);
  CHECK_EQ(snmp("Udp:", "NoPorts"), 1);
  CHECK_EQ(snmp("Udp:", "OutDatagrams"), 1);
  CHECK_EQ(snmp("Udp:", "IgnoredMulti"), stack_stat("udp.ignoredmulti"));
  CHECK_EQ(snmp("Icmp:", "OutDestUnreachs"), 1);
  CHECK_EQ(snmp("Icmp:", "InEchos"), 0);
  CHECK_EQ(snmp("Tcp:", "RtoMin"), 200);
  CHECK_EQ(snmp("Tcp:", "MaxConn"), -1);
  CHECK_EQ(snmp("Tcp:", "CurrEstab"), 0);
  g_net.forwarding = true;
  CHECK_EQ(snmp("Ip:", "Forwarding"), 1);
  g_net.forwarding = false;

  CHECK_EQ(pair_value("/proc/net/netstat", "TcpExt:", "listendrops"), 0);
  CHECK(strstr(slurp("/proc/net/netstat"), " inreceives ") == NULL);
  CHECK(strstr(g_text, "TcpExt: ") != NULL);
  snprintf(want, sizeof(want), "ip.inreceives %llu ",
           (unsigned long long)stack_stat("ip.inreceives"));
  CHECK(strstr(slurp("/proc/net/stats"), want) != NULL);
  CHECK(strstr(g_text, "udp.noports 1 ") != NULL);
  CHECK(strstr(g_text, "tcp.listendrops 0 ") != NULL);
  psock_close(s);
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
SCENARIO(time_wait_file)
SCENARIO(raw_files)
SCENARIO(arp_file)
SCENARIO(route_file)
SCENARIO(dev_file)
SCENARIO(counter_files)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_udp_files),
    cmocka_unit_test(test_tcp_files),
    cmocka_unit_test(test_for_people),
    cmocka_unit_test(test_many),
    cmocka_unit_test(test_time_wait_file),
    cmocka_unit_test(test_raw_files),
    cmocka_unit_test(test_arp_file),
    cmocka_unit_test(test_route_file),
    cmocka_unit_test(test_dev_file),
    cmocka_unit_test(test_counter_files)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
