/* tests/host/net/test_ipopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Options of level IPPROTO_IP, groups, and ancillary data.  Goal: each has
 * the effect that ip(7) says, in the packet or in what is told about one;
 * what is not known or malformed is refused and changes nothing.  Method: a
 * table of values for each option, and packets on the wire of the fixture.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <sys/time.h>

#include <nuttx/kmalloc.h>

#include "dgramq.h"
#include "udp_fixture.h"

#define GROUP  0xe0010203            /* 224.1.2.3 */
#define GROUP2 0xe0010204

static struct wire_s g_wire;
static struct wire_s g_wire2;
static uint8_t g_buf[2000];

static void wire(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
}

static int get(struct socket *s, int option)
{
  int value = -12345;
  socklen_t len = sizeof(value);
  int ret = psock_getsockopt(s, IPPROTO_IP, option, &value, &len);

  CHECK(ret < 0 || len == sizeof(value));
  return ret < 0 ? ret : value;
}

static int set(struct socket *s, int option, int value)
{
  return udp_set(s, IPPROTO_IP, option, value);
}

/* Values *******************************************************************/

static const struct
{
  int option;
  int value;
  int result;                        /* Of setting it */
  int then;                          /* What it is afterwards */
} g_values[] =
{
  { IP_TTL, 1, 0, 1 },
  { IP_TTL, 255, 0, 255 },
  { IP_TTL, 0, -EINVAL, 255 },
  { IP_TTL, 256, -EINVAL, 255 },
  { IP_TTL, -2, -EINVAL, 255 },
  { IP_TTL, -1, 0, 64 },
  { IP_TOS, 0x10, 0, 0x10 },
  { IP_TOS, 0, 0, 0 },
  { IP_MULTICAST_TTL, 0, 0, 0 },
  { IP_MULTICAST_TTL, 255, 0, 255 },
  { IP_MULTICAST_TTL, 256, -EINVAL, 255 },
  { IP_MULTICAST_TTL, -1, 0, 1 },
  { IP_MULTICAST_LOOP, 0, 0, 0 },
  { IP_MULTICAST_LOOP, 7, 0, 1 },
  { IP_MULTICAST_ALL, 0, 0, 0 },
  { IP_MULTICAST_ALL, 1, 0, 1 },
  { IP_MTU_DISCOVER, IP_PMTUDISC_DO, 0, IP_PMTUDISC_DO },
  { IP_MTU_DISCOVER, -1, -EINVAL, IP_PMTUDISC_DO },
  { IP_MTU_DISCOVER, 6, -EINVAL, IP_PMTUDISC_DO },
  { IP_PKTINFO, 1, 0, 1 },
  { IP_PKTINFO, 0, 0, 0 },
  { IP_RECVTTL, 1, 0, 1 },
  { IP_RECVTOS, 1, 0, 1 },
  { IP_RECVERR, 1, 0, 1 },
  { IP_FREEBIND, 1, 0, 1 },
  { IP_HDRINCL, 1, -ENOPROTOOPT, -ENOPROTOOPT },
  { IP_MTU, 1, -ENOPROTOOPT, -ENOTCONN },
  { IP_OPTIONS, 1, -ENOPROTOOPT, -ENOPROTOOPT },
  { 999, 1, -ENOPROTOOPT, -ENOPROTOOPT }
};

static void values(void)
{
  struct socket *s = udp_open();
  unsigned int i;

  for (i = 0; i < nitems(g_values); i++)
    {
      int ret = set(s, g_values[i].option, g_values[i].value);

      if (ret != g_values[i].result ||
          get(s, g_values[i].option) != g_values[i].then)
        {
          printf("  row %u\n", i);
        }

      CHECK_EQ(ret, g_values[i].result);
      CHECK_EQ(get(s, g_values[i].option), g_values[i].then);
    }

  psock_close(s);
}

static void defaults(void)
{
  struct socket *s = udp_open();

  CHECK_EQ(get(s, IP_TTL), 64);
  CHECK_EQ(get(s, IP_TOS), 0);
  CHECK_EQ(get(s, IP_MULTICAST_TTL), 1);
  CHECK_EQ(get(s, IP_MULTICAST_LOOP), 1);
  CHECK_EQ(get(s, IP_MULTICAST_ALL), 1);
  CHECK_EQ(get(s, IP_MTU_DISCOVER), IP_PMTUDISC_WANT);
  CHECK_EQ(get(s, IP_PKTINFO), 0);
  CHECK_EQ(get(s, IP_RECVERR), 0);
  psock_close(s);
}

/* A byte will do for a number; less than a byte will not */

static void lengths(void)
{
  struct socket *s = udp_open();
  uint8_t byte = 9;
  uint8_t out[8];
  socklen_t len;

  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_TTL, &byte, 1), 0);
  CHECK_EQ(get(s, IP_TTL), 9);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_TTL, &byte, 0), -EINVAL);
  CHECK(psock_setsockopt(s, IPPROTO_IP, IP_TTL, NULL, 4) < 0);
  memset(out, 0xee, sizeof(out));
  len = 1;
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_TTL, out, &len), 0);
  CHECK_EQ(len, 1);
  CHECK_EQ(out[0], 9);
  CHECK_EQ(out[1], 0xee);
  len = 8;
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_TTL, out, &len), 0);
  CHECK_EQ(len, 4);
  CHECK_EQ(out[4], 0xee);
  len = 0;
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_TTL, out, &len), 0);
  CHECK_EQ(len, 0);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, out, 7),
           -EINVAL);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, out, 3),
           -EINVAL);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, out, 8),
           -EINVAL);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_UDP, 1000, out, 4), -ENOPROTOOPT);
  len = 4;
  CHECK_EQ(psock_getsockopt(s, IPPROTO_UDP, 1000, out, &len), -ENOPROTOOPT);
  CHECK_EQ(psock_setsockopt(s, 77, 1, out, 4), -ENOPROTOOPT);
  psock_close(s);
}

/* No value at all is 0 where 0 is a good value, as on Linux: not where an
 * option looks for at least a byte
 */

static const struct
{
  int option;
  int result;
} g_empty[] =
{
  { IP_TOS, 0 },
  { IP_PKTINFO, 0 },
  { IP_RECVTTL, 0 },
  { IP_RECVTOS, 0 },
  { IP_RECVERR, 0 },
  { IP_MTU_DISCOVER, 0 },
  { IP_TTL, -EINVAL },
  { IP_FREEBIND, -EINVAL },
  { IP_MULTICAST_TTL, -EINVAL },
  { IP_MULTICAST_LOOP, -EINVAL },
  { IP_MULTICAST_ALL, -EINVAL },
  { IP_MULTICAST_IF, -EINVAL },
  { IP_ADD_MEMBERSHIP, -EINVAL },
  { MCAST_JOIN_GROUP, -EINVAL },
  { IP_HDRINCL, -ENOPROTOOPT },
  { IP_MTU, -ENOPROTOOPT },
  { 999, -ENOPROTOOPT }
};

static void no_value(void)
{
  struct socket *s = udp_open();
  unsigned int i;

  for (i = 0; i < nitems(g_empty); i++)
    {
      int before = set(s, g_empty[i].option, 1) == 0 ? 1 : -1;
      int ret = psock_setsockopt(s, IPPROTO_IP, g_empty[i].option, NULL, 0);

      if (ret != g_empty[i].result)
        {
          printf("  option %d\n", g_empty[i].option);
        }

      CHECK_EQ(ret, g_empty[i].result);
      CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, g_empty[i].option, &ret, 0),
               g_empty[i].result);
      CHECK(before < 0 ||
            get(s, g_empty[i].option) == (ret == 0 ? 0 : before));
    }

  psock_close(s);
}

/* A level that is not the socket's own is not supported when it is asked, but
 * has no such option when it is set: Linux' answers, of every protocol
 */

static const struct
{
  int type;
  int proto;
  int level;
  int option;
  int get;
  int set;
} g_levels[] =
{
  { SOCK_DGRAM, 0, 251, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_DGRAM, 0, IPPROTO_TCP, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_DGRAM, 0, IPPROTO_UDP, 1000, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_DGRAM, 0, IPPROTO_IP, 1000, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_DGRAM, 0, SOL_SOCKET, 1000, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_STREAM, 0, 251, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_STREAM, 0, IPPROTO_UDP, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_STREAM, 0, IPPROTO_TCP, 1000, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_STREAM, 0, IPPROTO_IP, 1000, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_RAW, IPPROTO_UDP, 251, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_RAW, IPPROTO_UDP, IPPROTO_UDP, 1, -EOPNOTSUPP, -ENOPROTOOPT },
  { SOCK_RAW, IPPROTO_UDP, SOL_RAW, 99, -ENOPROTOOPT, -ENOPROTOOPT },
  { SOCK_RAW, IPPROTO_UDP, SOL_RAW, ICMP_FILTER, -EOPNOTSUPP, -EOPNOTSUPP },
  { SOCK_RAW, IPPROTO_ICMP, SOL_RAW, ICMP_FILTER, 0, 0 },
  { SOCK_RAW, IPPROTO_ICMP, SOL_RAW, 99, -ENOPROTOOPT, -ENOPROTOOPT }
};

static void levels(void)
{
  unsigned int i;

  for (i = 0; i < nitems(g_levels); i++)
    {
      struct socket *s = NULL;
      int value = 0;
      socklen_t len = sizeof(value);
      int was;
      int ret;

      CHECK_EQ(psock_socket(AF_INET, g_levels[i].type, g_levels[i].proto,
                            &s), 0);
      was = psock_getsockopt(s, g_levels[i].level, g_levels[i].option,
                             &value, &len);
      ret = psock_setsockopt(s, g_levels[i].level, g_levels[i].option,
                             &value, sizeof(value));
      if (was != g_levels[i].get || ret != g_levels[i].set)
        {
          printf("  row %u\n", i);
        }

      CHECK_EQ(was, g_levels[i].get);
      CHECK_EQ(ret, g_levels[i].set);
      psock_close(s);
    }
}

/* In the packet ************************************************************/

static void ttl_and_tos(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;

  wire();
  CHECK_EQ(set(s, IP_TTL, 3), 0);
  CHECK_EQ(set(s, IP_TOS, 0xb8), 0);
  CHECK_EQ(udp_send_to(s, "x", 1, PEER, 7), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.ttl, 3);
  CHECK_EQ(pkt.tos, 0xb8);
  psock_close(s);
}

/* Ancillary data of one send; returns what sendmsg() does */

static ssize_t send_control(struct socket *s, int level, int type,
                            const void *data, size_t len, int damage)
{
  struct sockaddr_in to = name_of(PEER, 7);
  struct iovec iov = { "x", 1 };
  uint64_t control[16];
  struct cmsghdr *head = (struct cmsghdr *)control;
  struct msghdr msg;

  memset(control, 0, sizeof(control));
  head->cmsg_len   = CMSG_LEN(len) + damage;
  head->cmsg_level = level;
  head->cmsg_type  = type;
  memcpy(CMSG_DATA(head), data, len);
  memset(&msg, 0, sizeof(msg));
  msg.msg_name       = &to;
  msg.msg_namelen    = sizeof(to);
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_control    = control;
  msg.msg_controllen = CMSG_SPACE(len);
  return psock_sendmsg(s, &msg, MSG_DONTWAIT);
}

static void control_of_a_send(void)
{
  struct socket *s = udp_open();
  struct in_pktinfo info;
  struct pkt_s pkt;
  int value = 9;
  uint8_t byte = 0x20;

  wire();
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 4, 0), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.ttl, 9);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TOS, &byte, 1, 0), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.ttl, 64);
  CHECK_EQ(pkt.tos, 0x20);

  /* Another of our addresses as the source */

  memset(&info, 0, sizeof(info));
  info.ipi_ifindex = g_wire.dev.d_ifindex;
  info.ipi_spec_dst.s_addr = htonl(US);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info), 0),
           1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.src, US);
  info.ipi_spec_dst.s_addr = htonl(0x0a000009);
  CHECK(send_control(s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info), 0) < 0);
  info.ipi_spec_dst.s_addr = 0;
  info.ipi_ifindex = 77;
  CHECK(send_control(s, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info), 0) < 0);

  /* Malformed: nothing leaves.  Of another level: not for us */

  CHECK_EQ(send_control(s, IPPROTO_IP, IP_PKTINFO, &info, 4, 0), -EINVAL);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 4, 100), -EINVAL);
  CHECK_EQ(send_control(s, SOL_SOCKET, 1, &value, 4, 100), -EINVAL);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 4, -8), -EINVAL);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 0, -8), -EINVAL);
  value = 0;
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 4, 0), -EINVAL);
  value = 256;
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_TTL, &value, 4, 0), -EINVAL);
  CHECK_EQ(send_control(s, IPPROTO_IP, IP_HDRINCL, &value, 4, 0), -EINVAL);
  CHECK(!pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(send_control(s, SOL_SOCKET, 1, &value, 4, 0), 1);
  psock_close(s);
}

/* What is told about a packet **********************************************/

struct told_s
{
  uint64_t control[32];
  struct msghdr msg;
  struct iovec iov;
  struct sockaddr_in from;
};

static ssize_t recv_control(struct socket *s, struct told_s *t, size_t room,
                            int flags)
{
  memset(t, 0, sizeof(*t));
  t->iov.iov_base       = g_buf;
  t->iov.iov_len        = sizeof(g_buf);
  t->msg.msg_iov        = &t->iov;
  t->msg.msg_iovlen     = 1;
  t->msg.msg_control    = t->control;
  t->msg.msg_controllen = room;
  t->msg.msg_name       = &t->from;
  t->msg.msg_namelen    = sizeof(t->from);
  return psock_recvmsg(s, &t->msg, flags | MSG_DONTWAIT);
}

static const void *told(struct told_s *t, int level, int type, size_t len)
{
  struct cmsghdr *c;

  for (c = CMSG_FIRSTHDR(&t->msg); c != NULL; c = CMSG_NXTHDR(&t->msg, c))
    {
      if (c->cmsg_level == level && c->cmsg_type == type)
        {
          CHECK_EQ(c->cmsg_len, CMSG_LEN(len));
          return CMSG_DATA(c);
        }
    }

  return NULL;
}

static void control_of_a_receive(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  const struct in_pktinfo *info;
  struct told_s t;
  struct pkt_s pkt;
  const int *ttl;

  wire();
  CHECK_EQ(set(s, IP_PKTINFO, 1), 0);
  CHECK_EQ(set(s, IP_RECVTTL, 1), 0);
  CHECK_EQ(set(s, IP_RECVTOS, 1), 0);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 9;
  pkt.dport = 1000;
  pkt.ttl   = 33;
  pkt.tos   = 0xb8;
  pkt.data  = (const uint8_t *)"hello";
  pkt.len   = 5;
  pkt_rx(&g_wire, &pkt);
  pkt_rx(&g_wire, &pkt);
  pkt_rx(&g_wire, &pkt);
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), 0), 5);
  CHECK_EQ(t.msg.msg_flags, 0);
  info = told(&t, IPPROTO_IP, IP_PKTINFO, sizeof(*info));
  CHECK(info != NULL && info->ipi_ifindex == (int)g_wire.dev.d_ifindex &&
        ntohl(info->ipi_addr.s_addr) == US &&
        ntohl(info->ipi_spec_dst.s_addr) == US);
  ttl = told(&t, IPPROTO_IP, IP_TTL, sizeof(*ttl));
  CHECK(ttl != NULL && *ttl == 33);
  CHECK(told(&t, IPPROTO_IP, IP_TOS, 1) != NULL &&
        *(const uint8_t *)told(&t, IPPROTO_IP, IP_TOS, 1) == 0xb8);

  /* Room for the first only; for a part of it; for nothing */

  CHECK_EQ(recv_control(s, &t, CMSG_SPACE(sizeof(*info)), 0), 5);
  CHECK_EQ(t.msg.msg_flags, MSG_CTRUNC);
  CHECK(told(&t, IPPROTO_IP, IP_PKTINFO, sizeof(*info)) != NULL);
  CHECK(told(&t, IPPROTO_IP, IP_TTL, sizeof(*ttl)) == NULL);
  CHECK_EQ(recv_control(s, &t, CMSG_LEN(0) + 3, 0), 5);
  CHECK_EQ(t.msg.msg_flags, MSG_CTRUNC);
  CHECK_EQ(t.control[sizeof(struct cmsghdr) / 8 + 1], 0);
  CHECK_EQ(recv_control(s, &t, 5, 0), 5);
  CHECK_EQ(t.msg.msg_flags, MSG_CTRUNC);
  CHECK_EQ(t.msg.msg_controllen, 0);
  psock_close(s);
}

static void time_stamps(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  const struct timeval *tv;
  const struct timespec *ts;
  struct told_s t;

  wire();
  CHECK_EQ(udp_set(s, SOL_SOCKET, SO_TIMESTAMP, 1), 0);
  udp_arrives(&g_wire, 2, 9, 1000, "x", 1);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), 0), 1);
  tv = told(&t, SOL_SOCKET, SCM_TIMESTAMP, sizeof(*tv));
  CHECK(tv != NULL && tv->tv_usec >= 0 && tv->tv_usec < 1000000);
  CHECK_EQ(udp_set(s, SOL_SOCKET, SO_TIMESTAMPNS, 1), 0);
  udp_arrives(&g_wire, 2, 9, 1000, "x", 1);
  stack_sleep(NET_SEC);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), 0), 1);
  ts = told(&t, SOL_SOCKET, SCM_TIMESTAMPNS, sizeof(*ts));
  CHECK(ts != NULL && tv != NULL && ts->tv_sec >= 0);
  psock_close(s);
}

/* Errors with their cause **************************************************/

static void icmp_about(const struct pkt_s *sent, uint8_t type, uint8_t code,
                       uint32_t info)
{
  uint8_t frame[200];
  struct pkt_s icmp;
  struct pkt_s quote = *sent;

  pkt_write(&quote, frame);
  memset(&icmp, 0, sizeof(icmp));
  pkt_from(&g_wire, 3, &icmp);
  icmp.proto = IPPROTO_ICMP;
  icmp.type  = type;
  icmp.code  = code;
  icmp.info  = info;
  icmp.data  = frame + 14;
  icmp.len   = 20 + 8 + sent->len;
  pkt_rx(&g_wire, &icmp);
}

struct err_s
{
  struct sock_extended_err ee;
  struct sockaddr_in offender;
};

static void error_queue(void)
{
  struct socket *s = udp_open();
  const struct err_s *e;
  struct told_s t;
  struct pkt_s pkt;

  wire();
  CHECK_EQ(set(s, IP_RECVERR, 1), 0);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), MSG_ERRQUEUE), -EAGAIN);
  CHECK_EQ(udp_send_to(s, "hello", 5, PEER, 7), 5);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  icmp_about(&pkt, 3, 1, 0);         /* Host unreachable: told, not final */
  CHECK_EQ(udp_events(s), POLLOUT | POLLERR);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), MSG_ERRQUEUE), 5);
  CHECK_EQ(memcmp(g_buf, "hello", 5), 0);
  CHECK_EQ(t.msg.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
  CHECK_EQ(ntohl(t.from.sin_addr.s_addr), PEER);
  CHECK_EQ(ntohs(t.from.sin_port), 7);
  e = told(&t, IPPROTO_IP, IP_RECVERR, sizeof(*e));
  CHECK(e != NULL && e->ee.ee_errno == EHOSTUNREACH &&
        e->ee.ee_origin == SO_EE_ORIGIN_ICMP && e->ee.ee_type == 3 &&
        e->ee.ee_code == 1 &&
        ntohl(e->offender.sin_addr.s_addr) == 0x0a000003);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), MSG_ERRQUEUE), -EAGAIN);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EHOSTUNREACH);
  CHECK_EQ(udp_events(s), POLLOUT);

  /* Our own: too long for the path */

  CHECK_EQ(set(s, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
  CHECK_EQ(udp_send_to(s, g_buf, 1473, PEER, 7), -EMSGSIZE);
  CHECK_EQ(recv_control(s, &t, sizeof(t.control), MSG_ERRQUEUE), 0);
  e = told(&t, IPPROTO_IP, IP_RECVERR, sizeof(*e));
  CHECK(e != NULL && e->ee.ee_errno == EMSGSIZE &&
        e->ee.ee_origin == SO_EE_ORIGIN_LOCAL && e->ee.ee_info == 1500);
  psock_close(s);
}

/* A storm of them fills the queue, and no more */

static void error_storm(void)
{
  struct socket *s = udp_open();
  struct iob_info_s info;
  struct told_s t;
  struct pkt_s pkt;
  unsigned int n = 0;
  unsigned int i;
  size_t used;

  wire();
  CHECK_EQ(set(s, IP_RECVERR, 1), 0);
  s->s_conn->rcvbuf = 5000;
  iob_getinfo(&info);
  used = info.used;
  CHECK_EQ(udp_send_to(s, "hello", 5, PEER, 7), 5);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  for (i = 0; i < 1000; i++)
    {
      icmp_about(&pkt, 3, 1, 0);
    }

  iob_getinfo(&info);
  CHECK(info.used - used <= 5000 + 512);
  while (recv_control(s, &t, sizeof(t.control), MSG_ERRQUEUE) == 5)
    {
      n++;
    }

  CHECK(n > 3 && n < 100);
  CHECK_EQ(stack_stat("conn.errorsdropped"), 1000 - n);
  icmp_about(&pkt, 3, 1, 0);         /* One is left behind */
  psock_close(s);
}

/* Groups *******************************************************************/

static int join(struct socket *s, int option, uint32_t group, uint32_t addr,
                int ifindex)
{
  struct ip_mreqn req;

  memset(&req, 0, sizeof(req));
  req.imr_multiaddr.s_addr = htonl(group);
  req.imr_address.s_addr   = htonl(addr);
  req.imr_ifindex          = ifindex;
  return psock_setsockopt(s, IPPROTO_IP, option, &req, sizeof(req));
}

static void groups(void)
{
  struct socket *a = udp_open();
  struct socket *b = udp_open();
  struct socket *c = udp_open();
  unsigned int i;

  wire();
  CHECK_EQ(udp_set(a, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  CHECK_EQ(udp_set(b, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  CHECK_EQ(udp_set(c, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  CHECK_EQ(udp_bind_to(a, INADDR_ANY, 1000), 0);
  CHECK_EQ(udp_bind_to(b, GROUP, 1000), 0);
  CHECK_EQ(udp_bind_to(c, INADDR_ANY, 1000), 0);
  CHECK_EQ(set(c, IP_MULTICAST_ALL, 0), 0);

  /* Nobody joined: the packet does not even get to UDP */

  udp_arrives_at(&g_wire, GROUP, 1000, "no", 2);
  CHECK_EQ(udp_recv(a, g_buf, 10, 0), -EAGAIN);

  CHECK_EQ(join(a, IP_ADD_MEMBERSHIP, GROUP, US, 0), 0);
  CHECK_EQ(join(a, IP_ADD_MEMBERSHIP, GROUP, US, 0), -EADDRINUSE);
  CHECK_EQ(join(b, IP_ADD_MEMBERSHIP, GROUP, 0, g_wire.dev.d_ifindex), 0);
  CHECK_EQ(join(c, IP_ADD_MEMBERSHIP, GROUP2, US, 0), 0);
  udp_arrives_at(&g_wire, GROUP, 1000, "hello", 5);
  CHECK_EQ(udp_recv(a, g_buf, 10, 0), 5);
  CHECK_EQ(udp_recv(b, g_buf, 10, 0), 5);
  CHECK_EQ(udp_recv(c, g_buf, 10, 0), -EAGAIN);

  /* A peer does not change the group, but others are not heard */

  CHECK_EQ(udp_connect_to(b, PEER, 8), 0);
  udp_arrives_at(&g_wire, GROUP, 1000, "hello", 5);
  CHECK_EQ(udp_recv(a, g_buf, 10, 0), 5);
  CHECK_EQ(udp_recv(b, g_buf, 10, 0), -EAGAIN);
  CHECK_EQ(udp_connect_to(b, PEER, 7), 0);
  udp_arrives_at(&g_wire, GROUP, 1000, "hello", 5);
  CHECK_EQ(udp_recv(a, g_buf, 10, 0), 5);
  CHECK_EQ(udp_recv(b, g_buf, 10, 0), 5);

  /* a has not joined the second, but takes what others have joined */

  udp_arrives_at(&g_wire, GROUP2, 1000, "hello", 5);
  CHECK_EQ(udp_recv(a, g_buf, 10, 0), 5);
  CHECK_EQ(udp_recv(b, g_buf, 10, 0), -EAGAIN);
  CHECK_EQ(udp_recv(c, g_buf, 10, 0), 5);

  /* One leaves, one closes: the interface is out of the group after both */

  CHECK_EQ(join(a, IP_DROP_MEMBERSHIP, GROUP, 0, 0), 0);
  CHECK_EQ(join(a, IP_DROP_MEMBERSHIP, GROUP, 0, 0), -EADDRNOTAVAIL);
  for (i = 0; i < 2; i++)
    {
      struct netaddr_s group = netaddr_from4(htonl(GROUP));

      CHECK_EQ(igmp_member(g_wire.nif, &group), i == 0);
      if (i == 0)
        {
          psock_close(b);
        }
    }

  psock_close(a);
  psock_close(c);
}

static void groups_refused(void)
{
  struct socket *s = udp_open();
  struct socket *tcp = NULL;

  wire();
  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &tcp), 0);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, PEER, US, 0), -EINVAL);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, GROUP, PEER, 0), -ENODEV);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, GROUP, 0, 77), -ENODEV);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, GROUP, 0, -1), -EINVAL);
  CHECK_EQ(join(s, IP_DROP_MEMBERSHIP, GROUP, US, 0), -EADDRNOTAVAIL);
  CHECK_EQ(join(s, IP_DROP_MEMBERSHIP, PEER, US, 0), -EINVAL);
  CHECK_EQ(join(tcp, IP_ADD_MEMBERSHIP, GROUP, US, 0), -EPROTO);
  CHECK_EQ(udp_set(tcp, IPPROTO_IP, IP_MULTICAST_TTL, 2), -EINVAL);
  kmm_fail(1);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, GROUP, US, 0), -ENOBUFS);
  kmm_fail(2);
  CHECK(join(s, IP_ADD_MEMBERSHIP, GROUP, US, 0) < 0);
  kmm_fail(0);
  CHECK_EQ(join(s, IP_DROP_MEMBERSHIP, GROUP, US, 0), -EADDRNOTAVAIL);
  CHECK_EQ(join(s, IP_ADD_MEMBERSHIP, GROUP, US, 0), 0);
  psock_close(s);
  psock_close(tcp);
}

/* RFC 3678's form */

static void group_req(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct sockaddr_in in = name_of(GROUP, 0);
  struct group_req req;

  wire();
  memset(&req, 0, sizeof(req));
  req.gr_interface = g_wire.dev.d_ifindex;
  memcpy(&req.gr_group, &in, sizeof(in));
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, &req,
                            sizeof(req)), 0);
  udp_arrives_at(&g_wire, GROUP, 1000, "hello", 5);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), 5);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, MCAST_LEAVE_GROUP, &req,
                            sizeof(req)), 0);
  udp_arrives_at(&g_wire, GROUP, 1000, "hello", 5);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);
  req.gr_group.ss_family = AF_INET6;
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, &req,
                            sizeof(req)), -EINVAL);
  psock_close(s);
}

static void sending_to_a_group(void)
{
  struct socket *s = udp_open();
  struct socket *r = udp_bound(INADDR_ANY, 1000);
  struct in_addr addr = { htonl(0x0a000101) };
  struct in_addr out;
  socklen_t len = sizeof(out);
  struct pkt_s pkt;

  wire();
  wire_create(&g_wire2, "eth%d", 1500, 0);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &addr,
                            sizeof(addr)), 0);
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &out, &len), 0);
  CHECK_EQ(out.s_addr, addr.s_addr);
  CHECK_EQ(udp_send_to(s, "x", 1, GROUP, 1000), 1);
  CHECK(pkt_next(&g_wire2, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.src, 0x0a000101);
  CHECK_EQ(pkt.dst, GROUP);
  CHECK_EQ(pkt.ttl, 1);
  CHECK_EQ(memcmp(pkt.dmac, "\x01\x00\x5e\x01\x02\x03", 6), 0);

  /* A member on this host hears it, unless that is not wanted */

  CHECK_EQ(join(r, IP_ADD_MEMBERSHIP, GROUP, 0x0a000101, 0), 0);
  CHECK_EQ(set(s, IP_MULTICAST_TTL, 7), 0);
  CHECK_EQ(udp_send_to(s, "loop", 4, GROUP, 1000), 4);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(r, g_buf, 10, 0), 4);
  CHECK(pkt_next(&g_wire2, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.ttl, 7);
  CHECK_EQ(set(s, IP_MULTICAST_LOOP, 0), 0);
  CHECK_EQ(udp_send_to(s, "loop", 4, GROUP, 1000), 4);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(r, g_buf, 10, 0), -EAGAIN);
  CHECK(pkt_next(&g_wire2, IPPROTO_UDP, &pkt));

  /* TTL 0: only on this host */

  CHECK_EQ(set(s, IP_MULTICAST_LOOP, 1), 0);
  CHECK_EQ(set(s, IP_MULTICAST_TTL, 0), 0);
  CHECK_EQ(udp_send_to(s, "here", 4, GROUP, 1000), 4);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(r, g_buf, 10, 0), 4);
  CHECK(!pkt_next(&g_wire2, IPPROTO_UDP, &pkt));
  CHECK_EQ(g_wire2.dev.d_reserved, 0);

  /* An address that is not ours; back to the route's choice */

  addr.s_addr = htonl(PEER);
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &addr,
                            sizeof(addr)), -EADDRNOTAVAIL);
  addr.s_addr = 0;
  CHECK_EQ(psock_setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &addr,
                            sizeof(addr)), 0);
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &out, &len), 0);
  CHECK_EQ(out.s_addr, 0);
  psock_close(s);
  psock_close(r);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(values)
SCENARIO(defaults)
SCENARIO(lengths)
SCENARIO(no_value)
SCENARIO(levels)
SCENARIO(ttl_and_tos)
SCENARIO(control_of_a_send)
SCENARIO(control_of_a_receive)
SCENARIO(time_stamps)
SCENARIO(error_queue)
SCENARIO(error_storm)
SCENARIO(groups)
SCENARIO(groups_refused)
SCENARIO(group_req)
SCENARIO(sending_to_a_group)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_values),
    cmocka_unit_test(test_defaults),
    cmocka_unit_test(test_lengths),
    cmocka_unit_test(test_no_value),
    cmocka_unit_test(test_levels),
    cmocka_unit_test(test_ttl_and_tos),
    cmocka_unit_test(test_control_of_a_send),
    cmocka_unit_test(test_control_of_a_receive),
    cmocka_unit_test(test_time_stamps),
    cmocka_unit_test(test_error_queue),
    cmocka_unit_test(test_error_storm),
    cmocka_unit_test(test_groups),
    cmocka_unit_test(test_groups_refused),
    cmocka_unit_test(test_group_req),
    cmocka_unit_test(test_sending_to_a_group)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
