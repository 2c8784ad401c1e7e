/* tests/host/nxnet/test_nxnet.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libnxnet.so.  Goal: the library does what nxnet.h says, as many nodes as
 * one likes live beside each other and beside the sockets of the machine, and
 * nothing that a user does wrong breaks a node or leaves something behind.
 * Method: pairs of nodes whose frames are handed over at once; each scenario
 * ends its nodes, which count what is left (nxnet_destroy()).
 *
 * The functions below that are named as the stack's own would be called by
 * it, if a name of the library could be seen.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nxnet.h>

#define MSEC    UINT64_C(1000000)
#define SEC     UINT64_C(1000000000)
#define NFRAMES 256
#define MANY    24                   /* dlmopen() would end at 16 */

void *kmm_malloc(size_t size);
int  psock_socket(int domain, int type, int protocol, void **psock);
void tcp_set_state(void *conn, int state);
void iob_initialize(void);

static unsigned int g_misled;

void *kmm_malloc(size_t size)
{
  (void)size;
  g_misled++;
  return NULL;
}

int psock_socket(int domain, int type, int protocol, void **psock)
{
  (void)domain;
  (void)type;
  (void)protocol;
  (void)psock;
  g_misled++;
  return -1;
}

void tcp_set_state(void *conn, int state)
{
  (void)conn;
  (void)state;
  g_misled++;
}

void iob_initialize(void)
{
  g_misled++;
}

/* Two nodes and a wire *****************************************************/

struct host_s
{
  struct nxnet_s *node;
  struct host_s *peer;
  int dev;
  unsigned int nframes;              /* On their way to it */
  size_t len[NFRAMES];
  uint8_t frame[NFRAMES][1514];
  uint64_t total;                    /* Bytes, of all that it sent */
  uint64_t hash;
};

static struct host_s g_host[2];

static void output(void *arg, const void *frame, size_t len)
{
  struct host_s *host = arg;
  struct host_s *peer = host->peer;
  const uint8_t *data = frame;
  size_t i;

  assert_true(len <= 1514);
  host->total += len;
  for (i = 0; i < len; i++)
    {
      host->hash = (host->hash ^ data[i]) * 1099511628211u;
    }

  if (peer->nframes < NFRAMES)
    {
      memcpy(peer->frame[peer->nframes], frame, len);
      peer->len[peer->nframes++] = len;
    }
}

static int add_device(struct host_s *host, unsigned int number,
                      unsigned int flags)
{
  struct nxnet_device_s device =
  {
    .name   = "eth0",
    .mac    = { 2, 0, 0, 0, 0, (uint8_t)number },
    .flags  = flags,
    .output = output,
    .arg    = host,
  };

  return nxnet_device_add(host->node, &device);
}

static void begin(struct host_s *host, unsigned int number, uint64_t seed)
{
  struct nxnet_config_s config =
  {
    .seed = seed + number,
  };

  struct in_addr addr =
  {
    htonl(0x0a000000u + number)
  };

  assert_int_equal(nxnet_create(&config, &host->node), 0);
  host->dev = add_device(host, number, 0);
  assert_true(host->dev > 0);
  assert_int_equal(nxnet_address_add(host->node, host->dev, addr, 24), 0);
}

static void begin_two(uint64_t seed)
{
  memset(g_host, 0, sizeof(g_host));
  g_host[0].peer = &g_host[1];
  g_host[1].peer = &g_host[0];
  begin(&g_host[0], 1, seed);
  begin(&g_host[1], 2, seed);
}

static void end_two(void)
{
  int i;

  for (i = 0; i < 2; i++)
    {
      assert_int_equal(nxnet_check(g_host[i].node, NULL, 0), 0);
      assert_int_equal(nxnet_destroy(g_host[i].node), 0);
      assert_string_equal(nxnet_error(), "");
    }

  assert_int_equal(g_misled, 0);
}

static void deliver(struct host_s *host)
{
  unsigned int n = host->nframes;
  unsigned int i;
  static uint8_t copy[NFRAMES][1514];

  host->nframes = 0;
  memcpy(copy, host->frame, sizeof(copy));
  for (i = 0; i < n; i++)
    {
      size_t len = host->len[i];

      assert_int_equal(nxnet_input(host->node, host->dev, copy[i], len,
                                   i + 1 < n), 0);
    }
}

/* The neighbour of a host answers its question, and is not there otherwise */

static void deliver_arp_reply(struct host_s *host)
{
  uint8_t frame[60];

  memset(frame, 0, sizeof(frame));
  memcpy(frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\x06", 14);
  memcpy(frame + 14, "\0\x01\x08\0\x06\x04\0\x02", 8);
  memcpy(frame + 22, "\x02\0\0\0\0\x02\x0a\0\0\x02", 10);
  memcpy(frame + 32, "\x02\0\0\0\0\x01\x0a\0\0\x01", 10);
  assert_int_equal(nxnet_input(host->node, host->dev, frame, sizeof(frame),
                               false), 0);
}

/* Let time pass for both, in steps of a millisecond */

static void pass(uint64_t ns)
{
  uint64_t until = nxnet_now(g_host[0].node) + ns;
  uint64_t now;

  for (now = nxnet_now(g_host[0].node); now <= until; now += MSEC)
    {
      nxnet_advance(g_host[0].node, now);
      nxnet_advance(g_host[1].node, now);
      deliver(&g_host[0]);
      deliver(&g_host[1]);
    }
}

static struct sockaddr_in name_of(unsigned int number, uint16_t port)
{
  struct sockaddr_in name;

  memset(&name, 0, sizeof(name));
  name.sin_family      = AF_INET;
  name.sin_port        = htons(port);
  name.sin_addr.s_addr = htonl(0x0a000000u + number);
  return name;
}

static int listener(struct host_s *host, uint16_t port)
{
  struct sockaddr_in name = name_of(0, port);
  int sock = nxnet_socket(host->node, AF_INET, SOCK_STREAM, 0);

  name.sin_addr.s_addr = 0;
  assert_true(sock >= 0);
  assert_int_equal(nxnet_bind(host->node, sock, (struct sockaddr *)&name,
                              sizeof(name)), 0);
  assert_int_equal(nxnet_listen(host->node, sock, 4), 0);
  return sock;
}

static int caller(struct host_s *host, unsigned int number, uint16_t port)
{
  struct sockaddr_in name = name_of(number, port);
  int sock = nxnet_socket(host->node, AF_INET, SOCK_STREAM, 0);

  assert_true(sock >= 0);
  assert_int_equal(nxnet_connect(host->node, sock, (struct sockaddr *)&name,
                                 sizeof(name)), -EINPROGRESS);
  return sock;
}

/* A connection between the two: [0] has sock[0] */

static void connection(int sock[2])
{
  int listening = listener(&g_host[1], 7);

  sock[0] = caller(&g_host[0], 2, 7);
  pass(20 * MSEC);
  sock[1] = nxnet_accept(g_host[1].node, listening, NULL, NULL);
  assert_true(sock[1] >= 0);
  assert_int_equal(nxnet_close(g_host[1].node, listening), 0);
}

/* What works ***************************************************************/

static void test_tcp(void **state)
{
  struct nxnet_tcp_s tcp;
  char buf[16];
  int sock[2];

  (void)state;
  begin_two(1);
  connection(sock);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "hello", 5, 0), 5);
  pass(20 * MSEC);
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], buf, sizeof(buf), 0),
                   5);
  assert_memory_equal(buf, "hello", 5);
  pass(100 * MSEC);                  /* The ACK may be late */
  assert_int_equal(nxnet_tcp(g_host[0].node, sock[0], &tcp), 0);
  assert_int_equal(tcp.state, TCP_ESTABLISHED);
  assert_int_equal(tcp.snd_una - tcp.iss, 6);
  assert_int_equal(tcp.unacked, 0);
  assert_int_equal(nxnet_close(g_host[0].node, sock[0]), 0);
  pass(20 * MSEC);
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], buf, sizeof(buf), 0),
                   0);
  end_two();
}

static void test_udp(void **state)
{
  struct sockaddr_in name = name_of(2, 9);
  struct sockaddr_in from;
  socklen_t len = sizeof(from);
  char buf[16];
  int sock[2];
  int i;

  (void)state;
  begin_two(2);
  for (i = 0; i < 2; i++)
    {
      sock[i] = nxnet_socket(g_host[i].node, AF_INET, SOCK_DGRAM, 0);
    }

  assert_int_equal(nxnet_bind(g_host[1].node, sock[1],
                              (struct sockaddr *)&name, sizeof(name)), 0);
  assert_int_equal(nxnet_sendto(g_host[0].node, sock[0], "x", 1, 0,
                                (struct sockaddr *)&name, sizeof(name)), 1);
  pass(20 * MSEC);
  assert_true((nxnet_told(g_host[1].node, sock[1]) & POLLIN) != 0);
  assert_int_equal(nxnet_told(g_host[1].node, sock[1]), 0);
  assert_int_equal(nxnet_recvfrom(g_host[1].node, sock[1], buf, sizeof(buf),
                                  0, (struct sockaddr *)&from, &len), 1);
  assert_int_equal(ntohl(from.sin_addr.s_addr), 0x0a000001);
  end_two();
}

/* The machine's own sockets stay the machine's */

static void test_beside_the_host(void **state)
{
  struct sockaddr_in name;
  socklen_t len = sizeof(name);
  int sock[2];
  int host[2];
  char c = 0;

  (void)state;
  begin_two(3);
  memset(&name, 0, sizeof(name));
  name.sin_family      = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  host[0] = socket(AF_INET, SOCK_DGRAM, 0);
  host[1] = socket(AF_INET, SOCK_DGRAM, 0);
  assert_true(host[0] >= 0 && host[1] >= 0);
  assert_int_equal(bind(host[0], (struct sockaddr *)&name, len), 0);
  assert_int_equal(getsockname(host[0], (struct sockaddr *)&name, &len), 0);
  connection(sock);
  assert_int_equal(sendto(host[1], "h", 1, 0, (struct sockaddr *)&name, len),
                   1);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "n", 1, 0), 1);
  pass(20 * MSEC);
  assert_int_equal(recv(host[0], &c, 1, 0), 1);
  assert_int_equal(c, 'h');
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], &c, 1, 0), 1);
  assert_int_equal(c, 'n');
  close(host[0]);
  close(host[1]);
  end_two();
}

static void test_many_nodes(void **state)
{
  struct nxnet_s *node[MANY];
  uint64_t value;
  int i;

  (void)state;
  for (i = 0; i < MANY; i++)
    {
      assert_int_equal(nxnet_create(NULL, &node[i]), 0);
    }

  assert_true(nxnet_socket(node[3], AF_INET, SOCK_STREAM, 0) >= 0);
  nxnet_advance(node[5], 7 * SEC);
  for (i = 0; i < MANY; i++)
    {
      assert_int_equal(nxnet_counter(node[i], "sockets", &value), 0);
      assert_int_equal(value, i == 3);
      assert_int_equal(nxnet_now(node[i]), i == 5 ? 7 * SEC : 0);
    }

  for (i = 0; i < MANY; i++)
    {
      assert_int_equal(nxnet_destroy(node[i]), 0);
    }
}

static uint64_t hash_of_a_run(uint64_t seed)
{
  uint64_t hash;
  int sock[2];

  begin_two(seed);
  connection(sock);
  nxnet_send(g_host[0].node, sock[0], "hello", 5, 0);
  pass(3 * SEC);
  hash = g_host[0].hash ^ g_host[1].hash;
  end_two();
  return hash;
}

static void test_same_seed_same_run(void **state)
{
  uint64_t hash = hash_of_a_run(77);

  (void)state;
  assert_true(hash_of_a_run(77) == hash);
  assert_true(hash_of_a_run(78) != hash);
}

static void test_reset_forgets(void **state)
{
  struct nxnet_config_s config =
  {
    .now = 5 * SEC,
  };

  uint64_t value;
  int sock[2];

  (void)state;
  begin_two(4);
  connection(sock);
  assert_int_equal(nxnet_reset(g_host[0].node, &config), 0);
  assert_int_equal(nxnet_now(g_host[0].node), 5 * SEC);
  assert_int_equal(nxnet_counter(g_host[0].node, "tcp.activeopens", &value),
                   0);
  assert_int_equal(value, 0);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "x", 1, 0), -EBADF);
  assert_int_equal(nxnet_input(g_host[0].node, g_host[0].dev, "x", 1, false),
                   -ENODEV);
  end_two();
}

/* A frame that the device keeps takes its place */

static void test_held_frames(void **state)
{
  struct in_addr addr =
  {
    htonl(0x0a000003)
  };

  struct sockaddr_in name = name_of(9, 9);
  int sock;
  int held;

  (void)state;
  begin_two(5);
  assert_int_equal(nxnet_device_del(g_host[0].node, g_host[0].dev), 0);
  g_host[0].dev = add_device(&g_host[0], 3, NXNET_HOLD | NXNET_SG);
  assert_true(g_host[0].dev > 0);
  assert_int_equal(nxnet_address_add(g_host[0].node, g_host[0].dev, addr,
                                     24), 0);
  nxnet_advance(g_host[0].node, SEC);
  sock = nxnet_socket(g_host[0].node, AF_INET, SOCK_DGRAM, 0);
  nxnet_sendto(g_host[0].node, sock, "x", 1, 0, (struct sockaddr *)&name,
               sizeof(name));
  held = nxnet_output_done(g_host[0].node, g_host[0].dev, 0);
  assert_true(held > 0);
  assert_int_equal(nxnet_output_done(g_host[0].node, g_host[0].dev, 1),
                   held - 1);
  assert_int_equal(nxnet_output_done(g_host[0].node, g_host[0].dev, 9999),
                   0);
  end_two();
}

/* What does not ************************************************************/

static void refused(const char *library, int error)
{
  struct nxnet_config_s config =
  {
    .object = library,
  };

  struct nxnet_s *node = (struct nxnet_s *)&config;

  assert_int_equal(nxnet_create(&config, &node), error);
  assert_null(node);
  assert_true(strlen(nxnet_error()) > 0);
}

static void test_bad_library(void **state)
{
  (void)state;
  refused("/nonexistent/libnxnet.so", -ELIBACC);
  refused("/", -ELIBACC);
  refused("/proc/self/cmdline", -ELIBBAD);
  refused("/etc/passwd", -ELIBBAD);
  refused("/proc/self/exe", -ELIBBAD);
  assert_int_equal(nxnet_create(NULL, NULL), -EINVAL);
  assert_int_equal(nxnet_destroy(NULL), 0);
}

static void test_bad_devices(void **state)
{
  struct nxnet_device_s good =
  {
    .name   = "eth1",
    .mac    = { 2, 0, 0, 0, 1, 1 },
    .output = output,
    .arg    = &g_host[0],
  };

  struct in_addr addr =
  {
    htonl(0x0a000101)
  };

  struct nxnet_device_s bad = good;
  struct nxnet_s *node;

  (void)state;
  begin_two(6);
  node = g_host[0].node;
  bad.name = NULL;
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad.name = "a_name_that_is_too_long";
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad.name = "";
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad.name = "eth0";
  assert_int_equal(nxnet_device_add(node, &bad), -EEXIST);
  bad = good;
  bad.mtu = 67;
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad.mtu = 65536;
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad = good;
  bad.mac[0] = 1;
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  bad = good;
  bad.flags = 1u << 31;
  assert_int_equal(nxnet_device_add(node, &bad), -EINVAL);
  assert_int_equal(nxnet_device_del(node, 99), -ENODEV);
  assert_int_equal(nxnet_carrier(node, 0, true), -ENODEV);
  assert_int_equal(nxnet_set_mtu(node, 99, 1500), -ENODEV);
  assert_int_equal(nxnet_output_done(node, 99, 1), -ENODEV);
  assert_int_equal(nxnet_address_add(node, 99, addr, 24), -ENODEV);
  assert_int_equal(nxnet_address_add(node, g_host[0].dev, addr, 33),
                   -EINVAL);
  assert_int_equal(nxnet_route_add(node, addr, 33, addr, g_host[0].dev),
                   -EINVAL);
  assert_int_equal(nxnet_route_add(node, addr, 24, addr, 99), -ENODEV);
  assert_true(nxnet_address_del(node, g_host[0].dev, addr) < 0);
  end_two();
}

static void test_bad_frames(void **state)
{
  static uint8_t frame[1600];
  struct nxnet_s *node;
  int dev;

  (void)state;
  begin_two(7);
  node = g_host[0].node;
  dev  = g_host[0].dev;
  assert_int_equal(nxnet_input(node, 99, frame, 60, false), -ENODEV);
  assert_int_equal(nxnet_input(node, dev, frame, 13, false), -EMSGSIZE);
  assert_int_equal(nxnet_input(node, dev, frame, 0, false), -EMSGSIZE);
  assert_int_equal(nxnet_input(node, dev, frame, 1515, false), -EMSGSIZE);
  assert_int_equal(nxnet_carrier(node, dev, false), 0);
  assert_int_equal(nxnet_input(node, dev, frame, 60, false), -ENETDOWN);
  assert_int_equal(nxnet_carrier(node, dev, true), 0);
  assert_int_equal(nxnet_input(node, dev, frame, 60, false), 0);
  end_two();
}

static void test_bad_sockets(void **state)
{
  static const int bad[] =
  {
    -1, 0, 5, 16, 1000000, INT32_MAX
  };

  struct sockaddr_in name = name_of(2, 7);
  struct nxnet_tcp_s tcp;
  struct nxnet_s *node;
  int value = 0;
  socklen_t len = sizeof(value);
  size_t i;

  (void)state;
  begin_two(8);
  node = g_host[0].node;
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      int s = bad[i];

      assert_int_equal(nxnet_close(node, s), -EBADF);
      assert_int_equal(nxnet_bind(node, s, (struct sockaddr *)&name,
                                  sizeof(name)), -EBADF);
      assert_int_equal(nxnet_listen(node, s, 1), -EBADF);
      assert_int_equal(nxnet_accept(node, s, NULL, NULL), -EBADF);
      assert_int_equal(nxnet_send(node, s, "x", 1, 0), -EBADF);
      assert_int_equal(nxnet_recv(node, s, &value, 1, 0), -EBADF);
      assert_int_equal(nxnet_shutdown(node, s, SHUT_WR), -EBADF);
      assert_int_equal(nxnet_getsockopt(node, s, SOL_SOCKET, SO_ERROR,
                                        &value, &len), -EBADF);
      assert_int_equal(nxnet_poll(node, s), -EBADF);
      assert_int_equal(nxnet_told(node, s), -EBADF);
      assert_int_equal(nxnet_tcp(node, s, &tcp), -ENOENT);
    }

  assert_int_equal(nxnet_socket(node, AF_UNIX, SOCK_STREAM, 0),
                   -EAFNOSUPPORT);
  assert_int_equal(nxnet_socket(node, AF_INET, SOCK_STREAM, 17),
                   -EPROTONOSUPPORT);
  assert_int_equal(nxnet_socket(node, AF_INET, 99, 0), -EINVAL);
  end_two();
}

/* Nothing waits, and the answers are POSIX's */

static void test_nothing_waits(void **state)
{
  struct sockaddr_in name = name_of(2, 1234);
  struct nxnet_s *node;
  int error = 0;
  socklen_t len = sizeof(error);
  int sock;
  int l;
  char c;

  (void)state;
  begin_two(9);
  node = g_host[0].node;
  l    = listener(&g_host[0], 80);
  assert_int_equal(nxnet_accept(node, l, NULL, NULL), -EAGAIN);
  sock = nxnet_socket(node, AF_INET, SOCK_STREAM, 0);
  assert_int_equal(nxnet_recv(node, sock, &c, 1, 0), -ENOTCONN);
  assert_int_equal(nxnet_connect(node, sock, (struct sockaddr *)&name,
                                 sizeof(name)), -EINPROGRESS);
  assert_int_equal(nxnet_recv(node, sock, &c, 1, 0), -EAGAIN);
  pass(20 * MSEC);
  assert_true((nxnet_poll(node, sock) & POLLERR) != 0);
  assert_int_equal(nxnet_getsockopt(node, sock, SOL_SOCKET, SO_ERROR, &error,
                                    &len), 0);
  assert_int_equal(error, ECONNREFUSED);
  sock = nxnet_socket(node, AF_INET, SOCK_DGRAM, 0);
  assert_int_equal(nxnet_recv(node, sock, &c, 1, 0), -EAGAIN);
  assert_int_equal(nxnet_setsockopt(node, sock, SOL_SOCKET, 9999, &error,
                                    sizeof(error)), -ENOPROTOOPT);
  end_two();
}

/* With a time to linger close() does not wait, and the data arrives */

static void test_linger_does_not_wait(void **state)
{
  struct linger linger =
  {
    1, 60
  };

  int sock[2];
  char c;

  (void)state;
  begin_two(10);
  connection(sock);
  assert_int_equal(nxnet_setsockopt(g_host[0].node, sock[0], SOL_SOCKET,
                                    SO_LINGER, &linger, sizeof(linger)), 0);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "x", 1, 0), 1);
  assert_int_equal(nxnet_close(g_host[0].node, sock[0]), 0);
  pass(20 * MSEC);
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], &c, 1, 0), 1);
  end_two();
}

/* Every allocation of a socket, a device and a connection fails once */

static void test_memory_fails(void **state)
{
  struct sockaddr_in name = name_of(2, 7);
  unsigned long n;
  int failed = 1;

  (void)state;
  for (n = 1; failed > 0; n++)
    {
      uint64_t value;
      int sock;

      begin_two(11);
      nxnet_counter(g_host[0].node, "memory.failed", &value);
      assert_int_equal(value, 0);
      assert_int_equal(nxnet_fail_nth(g_host[0].node, n), 0);
      sock = nxnet_socket(g_host[0].node, AF_INET, SOCK_STREAM, 0);
      if (sock >= 0)
        {
          nxnet_connect(g_host[0].node, sock, (struct sockaddr *)&name,
                        sizeof(name));
        }
      else
        {
          assert_true(sock == -ENOMEM || sock == -ENOBUFS);
        }

      pass(100 * MSEC);
      nxnet_counter(g_host[0].node, "memory.failed", &value);
      failed = (int)value;
      end_two();
    }

  assert_true(n > 4);
}

static void test_no_node_without_memory(void **state)
{
  (void)state;
  begin_two(12);
  assert_int_equal(nxnet_fail_rate(g_host[0].node, 1000001), -EINVAL);
  assert_int_equal(nxnet_fail_rate(g_host[0].node, 1000000), 0);
  assert_int_equal(nxnet_socket(g_host[0].node, AF_INET, SOCK_STREAM, 0),
                   -ENOMEM);
  assert_int_equal(nxnet_device_del(g_host[0].node, g_host[0].dev), 0);
  assert_int_equal(add_device(&g_host[0], 1, 0), -ENOMEM);
  end_two();
}

/* Without buffers what arrives is lost and counted; then it goes on */

static void test_pool_is_empty(void **state)
{
  uint64_t size;
  char buf[8];
  int sock[2];

  (void)state;
  begin_two(13);
  connection(sock);
  assert_int_equal(nxnet_counter(g_host[1].node, "pool.size", &size), 0);
  assert_true(nxnet_pool_take(g_host[1].node, size) > (int64_t)size / 2);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "later", 5, 0), 5);
  pass(50 * MSEC);
  assert_int_equal(nxnet_pool_take(g_host[1].node, 0), 0);
  pass(5 * SEC);
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], buf, sizeof(buf), 0),
                   5);
  end_two();
}

static void test_unknown_counter(void **state)
{
  uint64_t value = 5;

  (void)state;
  begin_two(14);
  assert_int_equal(nxnet_counter(g_host[0].node, "tcp.nonsense", &value),
                   -ENOENT);
  assert_int_equal(nxnet_counter(g_host[0].node, "", &value), -ENOENT);
  assert_int_equal(value, 5);
  assert_int_equal(nxnet_counter(g_host[0].node, "device.eth0.tx_frames",
                                 &value), 0);
  end_two();
}

/* Time does not go back, and what is not due is not done */

static void test_time(void **state)
{
  (void)state;
  begin_two(15);
  nxnet_advance(g_host[0].node, 10 * SEC);
  assert_int_equal(nxnet_now(g_host[0].node), 10 * SEC);
  nxnet_advance(g_host[0].node, SEC);
  assert_int_equal(nxnet_now(g_host[0].node), 10 * SEC);
  assert_true(nxnet_next(g_host[0].node) > 10 * SEC);
  end_two();
}

/* The next deadline is when something is done, and not earlier: a SYN that
 * nobody answers is sent again after 1, 3, 7 ... seconds (RFC 6298)
 */

static void test_advance_to_the_next_deadline(void **state)
{
  struct nxnet_s *node;
  uint64_t syn[4];
  unsigned int n = 0;
  uint64_t next;

  (void)state;
  begin_two(16);
  node = g_host[0].node;
  g_host[0].peer->nframes = NFRAMES; /* Whatever it sends is lost */
  caller(&g_host[0], 2, 7);
  nxnet_advance(node, 0);
  deliver_arp_reply(&g_host[0]);
  while (n < 4)
    {
      uint64_t total = g_host[0].total;

      next = nxnet_next(node);
      assert_true(next != NXNET_NEVER);
      if (next > nxnet_now(node))
        {
          assert_true(nxnet_advance(node, next - 1) == next);
          assert_true(g_host[0].total == total);
        }

      nxnet_advance(node, next);
      assert_true(nxnet_now(node) == next);
      if (g_host[0].total >= total + 54)
        {
          syn[n++] = next;
        }
    }

  assert_true(syn[1] - syn[0] == 2 * SEC);
  assert_true(syn[2] - syn[1] == 4 * SEC);
  assert_true(syn[3] - syn[2] == 8 * SEC);
  g_host[1].nframes = 0;
  end_two();
}

/* To pass by all deadlines at once is the same as to go from one to the next
 */

static uint64_t hash_of_time(bool at_once)
{
  const uint64_t until = 300 * SEC;
  struct nxnet_s *node;
  uint64_t hash;

  begin_two(17);
  node = g_host[0].node;
  caller(&g_host[0], 2, 7);
  pass(3 * MSEC);
  g_host[1].nframes = NFRAMES;       /* It goes away */
  while (!at_once && nxnet_next(node) < until)
    {
      nxnet_advance(node, nxnet_next(node));
    }

  assert_true(nxnet_advance(node, until) > until);
  assert_true(nxnet_now(node) == until);
  hash = g_host[0].hash ^ g_host[0].total;
  g_host[1].nframes = 0;
  end_two();
  return hash;
}

static void test_advance_to_a_time(void **state)
{
  (void)state;
  assert_true(hash_of_time(true) == hash_of_time(false));
}

/* Counters *****************************************************************/

#define NCOUNTERS 1000

struct counters_s
{
  struct nxnet_s *node;
  unsigned int n;
  unsigned int limit;                /* Stop there; 0: nowhere */
  char name[NCOUNTERS][64];
  uint64_t value[NCOUNTERS];
};

static int remember(void *arg, const char *name, uint64_t value)
{
  struct counters_s *counters = arg;
  unsigned int i;

  assert_true(counters->n < NCOUNTERS);
  assert_in_range(strlen(name), 1, 63);
  for (i = 0; i < counters->n; i++)
    {
      assert_string_not_equal(counters->name[i], name);
    }

  strcpy(counters->name[i], name);
  counters->value[i] = value;
  return ++counters->n == counters->limit ? 4711 : 0;
}

static uint64_t value_of(const struct counters_s *counters, const char *name)
{
  unsigned int i;

  for (i = 0; i < counters->n; i++)
    {
      if (strcmp(counters->name[i], name) == 0)
        {
          return counters->value[i];
        }
    }

  fail_msg("there is no counter %s", name);
  return 0;
}

static void test_every_counter(void **state)
{
  static const char *const busy[] =
  {
    "pool.size", "pool.allocs", "memory.blocks", "memory.bytes", "sockets",
    "endpoints", "timers", "tcp.activeopens", "tcp.outsegs", "tcp.insegs",
    "ip.outrequests", "device.eth0.tx_frames", "device.eth0.rx_frames"
  };

  static struct counters_s counters;
  uint64_t value;
  unsigned int i;
  int sock[2];

  (void)state;
  begin_two(18);
  connection(sock);
  nxnet_send(g_host[0].node, sock[0], "hello", 5, 0);
  pass(3 * MSEC);
  memset(&counters, 0, sizeof(counters));
  assert_int_equal(nxnet_counters(g_host[0].node, remember, &counters), 0);
  assert_true(counters.n > 100);
  for (i = 0; i < counters.n; i++)
    {
      assert_int_equal(nxnet_counter(g_host[0].node, counters.name[i],
                                     &value), 0);
      assert_true(value == counters.value[i]);
    }

  for (i = 0; i < sizeof(busy) / sizeof(busy[0]); i++)
    {
      assert_true(value_of(&counters, busy[i]) > 0);
    }

  counters.n     = 0;
  counters.limit = 3;
  assert_int_equal(nxnet_counters(g_host[0].node, remember, &counters), 4711);
  assert_int_equal(counters.n, 3);
  end_two();
}

/* A node that was reset is as one that was never used: every counter */

static void test_reset_to_nothing(void **state)
{
  static struct counters_s fresh;
  static struct counters_s again;
  struct nxnet_config_s config;
  unsigned int i;
  int sock[2];

  (void)state;
  memset(&config, 0, sizeof(config));
  memset(&fresh, 0, sizeof(fresh));
  memset(&again, 0, sizeof(again));
  begin_two(19);
  connection(sock);
  nxnet_send(g_host[0].node, sock[0], "hello", 5, 0);
  nxnet_fail_rate(g_host[0].node, 500000);
  nxnet_pool_take(g_host[0].node, 100000);
  assert_int_equal(nxnet_reset(g_host[0].node, &config), 0);
  assert_int_equal(nxnet_destroy(g_host[1].node), 0);
  assert_int_equal(nxnet_create(&config, &g_host[1].node), 0);
  nxnet_counters(g_host[0].node, remember, &again);
  nxnet_counters(g_host[1].node, remember, &fresh);
  assert_int_equal(again.n, fresh.n);
  for (i = 0; i < fresh.n; i++)
    {
      assert_string_equal(again.name[i], fresh.name[i]);
      assert_int_equal(again.value[i], fresh.value[i]);
    }

  for (i = 0; i < 1000; i++)         /* No allocation fails any more */
    {
      sock[0] = nxnet_socket(g_host[0].node, AF_INET, SOCK_STREAM, 0);
      assert_true(sock[0] >= 0);
      assert_int_equal(nxnet_close(g_host[0].node, sock[0]), 0);
    }

  end_two();
}

/* Configurations ***********************************************************/

/* Another build, with a pool of 64 KiB, beside this one: they talk */

static void test_different_configurations(void **state)
{
  struct in_addr addr =
  {
    htonl(0x0a000002u)
  };

  struct nxnet_config_s config;
  char path[4096 + 32];
  ssize_t len = readlink("/proc/self/exe", path, 4096);
  uint64_t size[2];
  uint64_t used;
  char buf[16];
  int sock[2];
  int i;

  (void)state;
  assert_in_range(len, 1, 4095);
  path[len] = '\0';
  strcpy(strrchr(path, '/'), "/../libnxnet-64k.so");
  begin_two(20);
  assert_int_equal(nxnet_destroy(g_host[1].node), 0);
  memset(&config, 0, sizeof(config));
  config.object = path;
  assert_int_equal(nxnet_create(&config, &g_host[1].node), 0);
  g_host[1].dev = add_device(&g_host[1], 2, 0);
  assert_int_equal(nxnet_address_add(g_host[1].node, g_host[1].dev, addr, 24),
                   0);
  for (i = 0; i < 2; i++)
    {
      assert_int_equal(nxnet_counter(g_host[i].node, "pool.size", &size[i]),
                       0);
    }

  assert_true(size[0] > 8 * size[1]);
  connection(sock);
  assert_int_equal(nxnet_send(g_host[0].node, sock[0], "hello", 5, 0), 5);
  pass(3 * MSEC);
  assert_int_equal(nxnet_counter(g_host[1].node, "pool.used", &used), 0);
  assert_true(used > 0 && used <= size[1]);
  assert_int_equal(nxnet_recv(g_host[1].node, sock[1], buf, sizeof(buf), 0),
                   5);
  assert_int_equal(nxnet_close(g_host[0].node, sock[0]), 0);
  assert_int_equal(nxnet_close(g_host[1].node, sock[1]), 0);
  end_two();
}

/* Which allocations fail is drawn from the seed of the node */

static uint64_t failures_of(uint64_t seed)
{
  uint64_t bits = 0;
  int i;

  begin_two(seed);
  assert_int_equal(nxnet_fail_rate(g_host[0].node, 300000), 0);
  for (i = 0; i < 64; i++)
    {
      int sock = nxnet_socket(g_host[0].node, AF_INET, SOCK_STREAM, 0);

      bits = bits << 1 | (sock < 0);
      assert_true(sock >= 0 || sock == -ENOMEM || sock == -ENOBUFS);
      nxnet_close(g_host[0].node, sock);
    }

  assert_int_equal(nxnet_fail_rate(g_host[0].node, 0), 0);
  assert_true(nxnet_socket(g_host[0].node, AF_INET, SOCK_STREAM, 0) >= 0);
  end_two();
  return bits;
}

static void test_failures_are_seeded(void **state)
{
  uint64_t bits = failures_of(21);

  (void)state;
  assert_true(bits != 0 && bits != UINT64_MAX);
  assert_true(failures_of(21) == bits);
  assert_true(failures_of(121) != bits);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_tcp),
    cmocka_unit_test(test_udp),
    cmocka_unit_test(test_beside_the_host),
    cmocka_unit_test(test_many_nodes),
    cmocka_unit_test(test_same_seed_same_run),
    cmocka_unit_test(test_reset_forgets),
    cmocka_unit_test(test_held_frames),
    cmocka_unit_test(test_bad_library),
    cmocka_unit_test(test_bad_devices),
    cmocka_unit_test(test_bad_frames),
    cmocka_unit_test(test_bad_sockets),
    cmocka_unit_test(test_nothing_waits),
    cmocka_unit_test(test_linger_does_not_wait),
    cmocka_unit_test(test_memory_fails),
    cmocka_unit_test(test_no_node_without_memory),
    cmocka_unit_test(test_pool_is_empty),
    cmocka_unit_test(test_unknown_counter),
    cmocka_unit_test(test_time),
    cmocka_unit_test(test_advance_to_the_next_deadline),
    cmocka_unit_test(test_advance_to_a_time),
    cmocka_unit_test(test_every_counter),
    cmocka_unit_test(test_reset_to_nothing),
    cmocka_unit_test(test_different_configurations),
    cmocka_unit_test(test_failures_are_seeded),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
