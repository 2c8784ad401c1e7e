/* tests/host/net/test_socket.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets as descriptors.  Goal: calls that are cut short - killed, closed
 * under their feet, out of descriptors, with arguments that make no sense -
 * leave nothing behind and lose nothing.  What POSIX and Linux promise an
 * application is in apps/testing/ostest.  Method: the calls of the kernel on
 * loopback and on a wire, under virtual time; buffers, timers and the heap
 * are counted before and after by stack_run().
 */

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/fs/fs.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/net/net.h>

#include "stack.h"

#define MANY  1000
#define BYTES 300000

/* Of libs/posix, which applications reach under glibc's names */

int posix_getifaddrs(struct ifaddrs **list);
void posix_freeifaddrs(struct ifaddrs *list);
struct if_nameindex *posix_if_nameindex(void);
void posix_if_freenameindex(struct if_nameindex *list);

static struct wire_s g_wire;
static char g_folder[] = "/tmp/socket.XXXXXX";
static int g_fd;
static ssize_t g_result;
static int g_done;

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_addr.s_addr = htonl(addr);
  sin.sin_port        = htons(port);
  return sin;
}

static int bind_to(int fd, uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin = address(addr, port);

  return nx_bind(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static int connect_to(int fd, uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin = address(addr, port);

  return nx_connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static int listen_at(uint16_t port)
{
  int fd = nx_socket(AF_INET, SOCK_STREAM, 0);

  CHECK(fd >= 0);
  CHECK_EQ(bind_to(fd, INADDR_LOOPBACK, port), 0);
  CHECK_EQ(nx_listen(fd, 10), 0);
  return fd;
}

static void pair(int fd[2])
{
  int listener = listen_at(5000);

  fd[0] = nx_socket(AF_INET, SOCK_STREAM, 0);
  CHECK_EQ(connect_to(fd[0], INADDR_LOOPBACK, 5000), 0);
  fd[1] = nx_accept4(listener, NULL, NULL, 0);
  CHECK(fd[1] >= 0);
  CHECK_EQ(nx_close(listener), 0);
}

/* No descriptor is free: the connection stays in the queue */

static void accept_without_descriptor(void)
{
  int listener = listen_at(80);
  int fd = nx_socket(AF_INET, SOCK_STREAM, 0);
  int last = -1;
  int ret;

  CHECK_EQ(connect_to(fd, INADDR_LOOPBACK, 80), 0);
  while ((ret = nx_dup(fd)) >= 0)
    {
      last = ret;
    }

  CHECK_EQ(ret, -EMFILE);
  CHECK_EQ(nx_accept4(listener, NULL, NULL, 0), -EMFILE);
  CHECK_EQ(nx_accept4(listener, NULL, NULL, 0), -EMFILE);
  CHECK_EQ(nx_socket(AF_INET, SOCK_STREAM, 0), -EMFILE);
  CHECK_EQ(nx_close(last), 0);
  CHECK_EQ(nx_accept4(listener, NULL, NULL, SOCK_NONBLOCK), last);
  CHECK_EQ(nx_recvfrom(last, &ret, 1, 0, NULL, NULL), -EAGAIN);
  CHECK_EQ(nx_close(last), 0);
  CHECK_EQ(nx_fcntl(listener, F_SETFL, O_NONBLOCK), 0);
  CHECK_EQ(nx_accept4(listener, NULL, NULL, 0), -EAGAIN);
}

/* The address of the caller is wrong: the connection is not left open */

static void accept_bad_name(void)
{
  int listener = listen_at(80);
  int fd = nx_socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in sin;
  char c;

  CHECK_EQ(connect_to(fd, INADDR_LOOPBACK, 80), 0);
  CHECK_EQ(nx_accept4(listener, (struct sockaddr *)&sin, NULL, 0), -EFAULT);
  CHECK_EQ(nx_accept4(listener, NULL, NULL, O_APPEND), -EINVAL);
  CHECK_EQ(nx_recvfrom(fd, &c, 1, 0, NULL, NULL), 0);
}

/* Calls that wait, each by a task that is killed in it */

static void in_accept(void *arg)
{
  (void)arg;
  nx_accept4(listen_at(81), NULL, NULL, 0);
}

static void in_recv(void *arg)
{
  int fd = nx_socket(AF_INET, SOCK_DGRAM, 0);
  char c;

  (void)arg;
  nx_recvfrom(fd, &c, 1, 0, NULL, NULL);
}

static void in_connect(void *arg)
{
  (void)arg;
  connect_to(nx_socket(AF_INET, SOCK_STREAM, 0), 0x0a000002, 80);
}

static void in_send(void *arg)
{
  static char data[1000000];
  int fd[2];

  (void)arg;
  pair(fd);
  while (nx_sendto(fd[0], data, sizeof(data), 0, NULL, 0) > 0)
    {
    }
}

static void in_epoll(void *arg)
{
  int ep = nx_epoll_create(0);
  struct epoll_event ev =
  {
    .events = EPOLLIN
  };

  (void)arg;
  CHECK_EQ(nx_epoll_ctl(ep, EPOLL_CTL_ADD, listen_at(82), &ev), 0);
  nx_epoll_wait(ep, &ev, 1, CLOCK_NEVER);
}

static void killed(void)
{
  static void (*const call[])(void *arg) =
  {
    in_accept, in_recv, in_connect, in_send, in_epoll
  };

  size_t i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  for (i = 0; i < nitems(call); i++)
    {
      int status = 0;
      int pid = stack_task("victim", call[i], NULL);

      CHECK(pid > 0);
      stack_sleep(10 * NET_MSEC);
      CHECK_EQ(nxsched_waitpid(pid, &status, WNOHANG), 0);
      CHECK_EQ(nxsched_kill(pid, SIGTERM), 0);
      CHECK_EQ(nxsched_waitpid(pid, &status, 0), pid);
      CHECK(WIFSIGNALED(status));
    }

  /* Ports of the dead are free */

  CHECK(listen_at(81) >= 0);
  CHECK(listen_at(82) >= 0);
}

/* The descriptor is closed while a call waits: it goes on with what it had,
 * and the socket is gone after it
 */

static FAR void *closed_reader(FAR void *arg)
{
  char c = 0;

  g_result = nx_recvfrom(g_fd, &c, 1, 0, NULL, NULL);
  g_done++;
  return arg;
}

static void closed_meanwhile(void)
{
  struct sockaddr_in to = address(INADDR_LOOPBACK, 700);
  int other = nx_socket(AF_INET, SOCK_DGRAM, 0);
  struct tcb_s *tcb;

  g_done = 0;
  g_fd   = nx_socket(AF_INET, SOCK_DGRAM, 0);
  CHECK_EQ(bind_to(g_fd, INADDR_ANY, 700), 0);
  CHECK(nxthread_create("reader", SCHED_PRIORITY_DEFAULT, 0, closed_reader,
                        NULL, &tcb) == 0);
  nxthread_detach(tcb->pid);
  nxtask_activate(tcb);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_close(g_fd), 0);
  CHECK_EQ(bind_to(other, INADDR_ANY, 700), -EADDRINUSE);
  CHECK_EQ(nx_sendto(other, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
           1);
  stack_sleep(NET_MSEC);
  CHECK_EQ(g_done, 1);
  CHECK_EQ(g_result, 1);
  CHECK_EQ(nx_close(other), 0);
  other = nx_socket(AF_INET, SOCK_DGRAM, 0);
  CHECK_EQ(bind_to(other, INADDR_ANY, 700), 0);
}

/* A file into a connection: all of it, in pieces, as much as fits */

static void collect(void *arg)
{
  static char buf[10000];
  size_t total = 0;
  ssize_t n;
  ssize_t i;

  while ((n = nx_recvfrom((int)(intptr_t)arg, buf, sizeof(buf), 0, NULL,
                          NULL)) > 0)
    {
      for (i = 0; i < n; i++)
        {
          CHECK_EQ((unsigned char)buf[i], (total + i) % 253);
        }

      total += n;
    }

  CHECK_EQ(n, 0);
  CHECK_EQ(total, BYTES);
}

static void broken(void *arg)
{
  int *fd = arg;

  nx_sendfile(fd[0], fd[1], NULL, 10);
}

static void broken_vector(void *arg)
{
  nx_writev(g_fd, arg, 2);
}

static void sendfile_all(void)
{
  static char data[BYTES];
  off_t offset = 100000;
  ssize_t n;
  size_t done = 0;
  int end[2];
  int fd[2];
  int file;
  int pid;
  int i;

  CHECK_EQ(hostfs_mount(g_folder, "/host"), 0);
  file = nx_open("/host/file", O_RDWR | O_CREAT | O_TRUNC, 0644);
  CHECK(file >= 0);
  for (i = 0; i < BYTES; i++)
    {
      data[i] = (char)(i % 253);
    }

  CHECK_EQ(nx_write(file, data, BYTES), BYTES);
  CHECK_EQ(nx_lseek(file, 0, SEEK_SET), 0);

  pair(fd);
  pid = stack_task("collect", collect, (void *)(intptr_t)fd[1]);
  CHECK_EQ(nx_sendfile(fd[0], file, NULL, 100000), 100000);
  CHECK_EQ(nx_lseek(file, 0, SEEK_CUR), 100000);
  CHECK_EQ(nx_sendfile(fd[0], file, &offset, 50000), 50000);
  CHECK_EQ(offset, 150000);
  CHECK_EQ(nx_lseek(file, 0, SEEK_CUR), 100000);

  /* Without waiting, what was not sent was not read */

  CHECK_EQ(nx_fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
  for (i = 0; offset < BYTES && i < 10000; i++)
    {
      n = nx_sendfile(fd[0], file, &offset, BYTES);
      CHECK(n > 0 || n == -EAGAIN);
      done += n > 0 ? n : 0;
      CHECK_EQ(offset, 150000 + done);
      stack_sleep(NET_MSEC);
    }

  CHECK_EQ(nx_sendfile(fd[0], file, &offset, 10), 0);
  CHECK_EQ(nx_shutdown(fd[0], SHUT_WR), 0);
  stack_join(pid);
  nx_close(fd[1]);

  fd[1] = file;
  pid   = stack_task("broken", broken, fd);
  CHECK_EQ(nxsched_waitpid(pid, &i, 0), pid);
  CHECK(WIFSIGNALED(i) && WTERMSIG(i) == SIGPIPE);
  CHECK_EQ(nx_lseek(file, 0, SEEK_CUR), 100000);
  offset = -1;
  CHECK_EQ(nx_sendfile(fd[0], file, &offset, 10), -EINVAL);
  CHECK_EQ(nx_pipe2(end, 0), 0);
  CHECK_EQ(nx_sendfile(fd[0], end[0], NULL, 10), -EINVAL);
  CHECK_EQ(nx_sendfile(end[0], file, NULL, 10), -EBADF);
  CHECK_EQ(nx_sendfile(99, file, NULL, 10), -EBADF);
  CHECK_EQ(nx_sendfile(fd[0], 99, NULL, 10), -EBADF);
}

/* getifaddrs() and if_nameindex(): each interface, each address */

static void interfaces(void)
{
  struct if_nameindex *names = posix_if_nameindex();
  struct ifaddrs *list = NULL;
  struct ifaddrs *ifa;
  int found = 0;

  CHECK(names != NULL && names[1].if_name == NULL);
  posix_if_freenameindex(names);
  wire_create(&g_wire, "eth0", 1500, 0);
  names = posix_if_nameindex();
  CHECK(names[1].if_name != NULL && names[2].if_name == NULL);
  posix_if_freenameindex(names);

  CHECK_EQ(posix_getifaddrs(&list), 0);
  for (ifa = list; ifa != NULL; ifa = ifa->ifa_next)
    {
      struct sockaddr_in *sin = (struct sockaddr_in *)ifa->ifa_addr;
      struct sockaddr_ll *sll = (struct sockaddr_ll *)ifa->ifa_addr;
      bool eth = strcmp(ifa->ifa_name, "eth0") == 0;

      if (ifa->ifa_addr->sa_family == AF_PACKET)
        {
          found += eth ? 1 : 10;
          CHECK_EQ((ifa->ifa_flags & IFF_LOOPBACK) != 0, !eth);
          CHECK_EQ(sll->sll_hatype, eth ? 1 : 772);
          CHECK(!eth || (sll->sll_addr[0] == 2 && sll->sll_addr[5] == 1));
        }
      else if (eth)
        {
          found += 100;
          CHECK_EQ(ntohl(sin->sin_addr.s_addr), 0x0a000001);
          sin = (struct sockaddr_in *)ifa->ifa_netmask;
          CHECK_EQ(ntohl(sin->sin_addr.s_addr), 0xffffff00);
          sin = (struct sockaddr_in *)ifa->ifa_broadaddr;
          CHECK_EQ(ntohl(sin->sin_addr.s_addr), 0x0a0000ff);
        }
      else
        {
          found += 1000;
          CHECK_EQ(ntohl(sin->sin_addr.s_addr), INADDR_LOOPBACK);
          CHECK((ifa->ifa_flags & IFF_UP) != 0);
        }
    }

  CHECK_EQ(found, 1111);
  posix_freeifaddrs(list);
}

/* Bound to a device: by name, by number, and nothing comes from another */

static void device(void)
{
  struct sockaddr_in to = address(INADDR_LOOPBACK, 700);
  int fd = nx_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int out = nx_socket(AF_INET, SOCK_DGRAM, 0);
  char name[IFNAMSIZ] = "x";
  socklen_t len = sizeof(name);
  int index = 99;

  wire_create(&g_wire, "eth0", 1500, 0);
  CHECK_EQ(bind_to(fd, INADDR_ANY, 700), 0);
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
  CHECK_EQ(len, 0);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "none", 4),
           -ENODEV);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, 4),
           -ENODEV);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4), 0);
  len = sizeof(name);
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
  CHECK_EQ(len, 5);
  CHECK_EQ(strcmp(name, "eth0"), 0);
  len = 3;
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len),
           -EINVAL);

  CHECK_EQ(nx_sendto(out, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
           1);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_recvfrom(fd, name, 1, 0, NULL, NULL), -EAGAIN);

  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0), 0);
  CHECK_EQ(nx_sendto(out, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
           1);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_recvfrom(fd, name, 1, 0, NULL, NULL), 1);
}

/* Pointers and lengths that make no sense */

static void arguments(void)
{
  struct sockaddr_in sin = address(INADDR_LOOPBACK, 700);
  struct sockaddr *sa = (struct sockaddr *)&sin;
  int fd = nx_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  socklen_t minus = -1;
  socklen_t len = sizeof(sin);
  struct msghdr msg;
  int value = 1;
  int end[2];
  char c = 0;

  memset(&msg, 0, sizeof(msg));
  CHECK_EQ(nx_bind(fd, NULL, len), -EFAULT);
  CHECK_EQ(nx_bind(fd, sa, 0), -EINVAL);
  CHECK_EQ(nx_bind(fd, sa, minus), -EINVAL);
  CHECK_EQ(nx_connect(fd, NULL, len), -EFAULT);
  CHECK_EQ(nx_connect(fd, sa, 1), -EINVAL);
  CHECK_EQ(nx_connect(fd, sa, minus), -EINVAL);
  CHECK_EQ(nx_getsockname(fd, sa, NULL), -EFAULT);
  CHECK_EQ(nx_getsockname(fd, NULL, &len), -EFAULT);
  CHECK_EQ(nx_getsockname(fd, sa, &minus), -EINVAL);
  CHECK_EQ(nx_sendto(fd, NULL, 1, 0, sa, len), -EFAULT);
  CHECK_EQ(nx_sendto(fd, &c, 1, 0, sa, 1000), -EINVAL);
  CHECK_EQ(nx_recvfrom(fd, NULL, 1, 0, NULL, NULL), -EFAULT);
  CHECK_EQ(nx_recvfrom(fd, &c, 1, 0, sa, NULL), -EFAULT);
  CHECK_EQ(nx_recvfrom(fd, &c, 1, 0, sa, &minus), -EINVAL);
  CHECK_EQ(nx_sendmsg(fd, NULL, 0), -EFAULT);
  CHECK_EQ(nx_recvmsg(fd, NULL, 0), -EFAULT);
  msg.msg_iovlen = 1;
  CHECK_EQ(nx_sendmsg(fd, &msg, 0), -EFAULT);
  msg.msg_iovlen = (size_t)1 << 31;
  CHECK_EQ(nx_sendmsg(fd, &msg, 0), -EMSGSIZE);
  CHECK_EQ(nx_recvmmsg(fd, NULL, 1, 0, CLOCK_NEVER), -EFAULT);
  CHECK_EQ(nx_sendmmsg(fd, NULL, 1, 0), -EFAULT);
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, &len), -EFAULT);
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, NULL), -EFAULT);
  CHECK_EQ(nx_getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &minus), -EINVAL);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NULL, 4), -EFAULT);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, minus),
           -EINVAL);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 4), -EINVAL);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_SNDLOWAT, &value, 4),
           -ENOPROTOOPT);
  CHECK_EQ(nx_setsockopt(fd, 12345, 1, &value, 4), -ENOPROTOOPT);
  CHECK_EQ(nx_ioctl(fd, 0x12345678, &value), -ENOTTY);
  CHECK_EQ(nx_socket(AF_INET, SOCK_DGRAM, -1), -EINVAL);
  CHECK_EQ(nx_socket(AF_INET, SOCK_RAW, 0), -EPROTONOSUPPORT);
  CHECK_EQ(nx_socket(AF_UNIX, SOCK_STREAM, 0), -EAFNOSUPPORT);
  CHECK_EQ(nx_socket(AF_INET, SOCK_DGRAM | 0x10000, 0), -EINVAL);
  CHECK_EQ(nx_socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), -EFAULT);
  CHECK_EQ(nx_socketpair(AF_UNIX, SOCK_STREAM, 0, end), -EAFNOSUPPORT);
  CHECK_EQ(nx_socketpair(AF_INET, SOCK_STREAM, 0, end), -EOPNOTSUPP);
}

/* readv() and writev() of a socket are one recvmsg() and one sendmsg(): a
 * datagram is not split among calls, and what there is no room for is gone.
 */

static void vectors(void)
{
  int fd = nx_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  char a[3];
  char b[4];
  struct iovec in[2] =
    {
      { a, sizeof(a) },
      { b, sizeof(b) }
    };

  struct iovec out[2] =
    {
      { (char *)"hel", 3 },
      { (char *)"lo, world", 9 }
    };

  struct stat st;
  int tcp[2];
  int pid;
  int status;

  CHECK_EQ(nx_writev(fd, out, 2), -EDESTADDRREQ);
  CHECK_EQ(bind_to(fd, INADDR_LOOPBACK, 801), 0);
  CHECK_EQ(connect_to(fd, INADDR_LOOPBACK, 801), 0);
  CHECK_EQ(nx_readv(fd, in, 2), -EAGAIN);
  CHECK_EQ(nx_readv(fd, in, -1), -EINVAL);
  CHECK_EQ(nx_writev(fd, out, 2), 12);
  CHECK_EQ(nx_writev(fd, out, 1), 3);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_readv(fd, in, 2), 7);
  CHECK(memcmp(a, "hel", 3) == 0 && memcmp(b, "lo, ", 4) == 0);
  CHECK_EQ(nx_readv(fd, in, 2), 3);
  CHECK_EQ(nx_readv(fd, in, 2), -EAGAIN);

  CHECK_EQ(nx_fstat(fd, &st), 0);
  CHECK(S_ISSOCK(st.st_mode));
  CHECK_EQ(st.st_size, 0);
  CHECK_EQ(nx_close(fd), 0);
  CHECK_EQ(nx_readv(fd, in, 2), -EBADF);
  CHECK_EQ(nx_fstat(fd, &st), -EBADF);

  /* A stream goes on where it was; writing to nobody is a signal */

  pair(tcp);
  CHECK_EQ(nx_writev(tcp[0], out, 2), 12);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_readv(tcp[1], in, 2), 7);
  CHECK_EQ(nx_readv(tcp[1], in, 2), 5);
  CHECK(memcmp(a, "wor", 3) == 0 && memcmp(b, "ld", 2) == 0);
  CHECK_EQ(nx_shutdown(tcp[0], SHUT_WR), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_readv(tcp[1], in, 2), 0);
  g_fd = tcp[0];
  pid  = stack_task("broken", broken_vector, out);
  CHECK_EQ(nxsched_waitpid(pid, &status, 0), pid);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
}

static int get_int(int fd, int level, int option)
{
  int value = -12345;
  socklen_t len = sizeof(value);
  int ret = nx_getsockopt(fd, level, option, &value, &len);

  CHECK(ret < 0 || len == sizeof(value));
  return ret < 0 ? ret : value;
}

/* What Linux can be asked of a socket, and what it refuses */

static void asked(void)
{
  int tcp = nx_socket(AF_INET, SOCK_STREAM, 0);
  int udp = nx_socket(AF_INET, SOCK_DGRAM, 0);
  int ping = nx_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  struct linger linger =
    {
      .l_onoff = 1,
      .l_linger = 7
    };

  struct timeval tv =
    {
      .tv_usec = 1000000
    };

  char name[16];
  socklen_t len = sizeof(linger);

  CHECK_EQ(get_int(tcp, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  CHECK_EQ(get_int(udp, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
  CHECK_EQ(get_int(ping, SOL_SOCKET, SO_PROTOCOL), IPPROTO_ICMP);
  CHECK_EQ(get_int(tcp, SOL_SOCKET, SO_DOMAIN), AF_INET);
  CHECK_EQ(get_int(tcp, SOL_SOCKET, SO_ACCEPTCONN), 0);
  CHECK_EQ(get_int(udp, IPPROTO_TCP, TCP_NODELAY), -EOPNOTSUPP);
  CHECK_EQ(get_int(tcp, IPPROTO_TCP, 9999), -ENOPROTOOPT);

  CHECK_EQ(nx_setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, len), 0);
  memset(&linger, 0, sizeof(linger));
  CHECK_EQ(nx_getsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, &len), 0);
  CHECK(len == sizeof(linger) && linger.l_onoff == 1 &&
        linger.l_linger == 7);
  linger.l_onoff = 0;
  CHECK_EQ(nx_setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, len), 0);
  CHECK_EQ(nx_getsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, &len), 0);
  CHECK_EQ(linger.l_onoff, 0);

  /* A time has less than a million microseconds; half of one is refused */

  CHECK_EQ(nx_setsockopt(tcp, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
           -EDOM);
  CHECK_EQ(nx_setsockopt(tcp, SOL_SOCKET, SO_RCVTIMEO, &tv, 4), -EINVAL);
  tv.tv_usec = 1;
  CHECK_EQ(nx_setsockopt(tcp, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);

  len = sizeof(name);
  CHECK_EQ(nx_getsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
  CHECK(len == sizeof(name) && strcmp(name, "cubic") == 0);
  CHECK_EQ(nx_setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "nothing", 7),
           -ENOENT);
  CHECK_EQ(nx_setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
  len = 3;                           /* Cut, not refused */
  memset(name, '#', sizeof(name));
  CHECK_EQ(nx_getsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
  CHECK(len == 3 && memcmp(name, "new#", 4) == 0);
}

/* What a listener tells: its queues, where Linux has them */

static void listener_info(void)
{
  struct tcp_info info;
  socklen_t len = sizeof(info);
  int listener = listen_at(5001);
  int fd[2];
  int i;

  CHECK_EQ(get_int(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
  for (i = 0; i < 2; i++)
    {
      fd[i] = nx_socket(AF_INET, SOCK_STREAM, 0);
      CHECK_EQ(connect_to(fd[i], INADDR_LOOPBACK, 5001), 0);
    }

  stack_sleep(NET_MSEC);
  CHECK_EQ(nx_getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
  CHECK_EQ(len, sizeof(info));
  CHECK_EQ(info.tcpi_state, 10);
  CHECK_EQ(info.tcpi_unacked, 2);
  CHECK_EQ(info.tcpi_sacked, 10);
  i = nx_accept4(listener, NULL, NULL, 0);
  CHECK(i >= 0);
  CHECK_EQ(nx_getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
  CHECK_EQ(info.tcpi_unacked, 1);
  CHECK_EQ(nx_getsockopt(i, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
  CHECK_EQ(info.tcpi_state, 1);
  CHECK(info.tcpi_snd_mss > 0 && info.tcpi_pmtu > info.tcpi_snd_mss);
}

/* A thousand sockets in a set, one is ready; all closed, in any order */

static void many_in_a_set(void)
{
  static int fd[MANY];
  struct sockaddr_in to;
  struct epoll_event ev;
  int ep = nx_epoll_create(0);
  int i;

  for (i = 0; i < MANY; i++)
    {
      fd[i] = nx_socket(AF_INET, SOCK_DGRAM, 0);
      CHECK_EQ(bind_to(fd[i], INADDR_LOOPBACK, 1000 + i), 0);
      ev.events   = EPOLLIN;
      ev.data.u32 = i;
      CHECK_EQ(nx_epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &ev), 0);
    }

  to = address(INADDR_LOOPBACK, 1000 + 777);
  CHECK_EQ(nx_sendto(fd[0], "x", 1, 0, (struct sockaddr *)&to, sizeof(to)),
           1);
  CHECK_EQ(nx_epoll_wait(ep, &ev, 1, CLOCK_NEVER), 1);
  CHECK_EQ(ev.data.u32, 777);
  for (i = 0; i < MANY; i += 2)
    {
      CHECK_EQ(nx_close(fd[i]), 0);
    }

  CHECK_EQ(nx_close(ep), 0);
}

/* A blocking connect goes on after its time is over, and may be asked for
 * again
 */

static void connect_again(void)
{
  struct timeval tv =
  {
    .tv_usec = 10000
  };

  struct pkt_s pkt;
  int fd = nx_socket(AF_INET, SOCK_STREAM, 0);
  uint16_t port;
  uint32_t seq;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
  CHECK_EQ(connect_to(fd, 0x0a000002, 80), -EINPROGRESS);
  CHECK_EQ(connect_to(fd, 0x0a000002, 80), -EINPROGRESS);
  CHECK_EQ(nx_fcntl(fd, F_SETFL, O_NONBLOCK), 0);
  CHECK_EQ(connect_to(fd, 0x0a000002, 80), -EALREADY);

  CHECK(pkt_next(&g_wire, IPPROTO_TCP, &pkt));
  seq = pkt.seq;
  CHECK_EQ(pkt.flags & 0x3f, 2);
  port = pkt.sport;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = 80;
  pkt.dport = port;
  pkt.seq   = 1;
  pkt.ack   = seq + 1;
  pkt.flags = 0x12;
  pkt.wnd   = 1000;
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(connect_to(fd, 0x0a000002, 80), 0);
  CHECK_EQ(connect_to(fd, 0x0a000002, 80), -EISCONN);

  /* Reset, that it does not outlive the test */

  pkt.flags = 0x14;
  pkt.seq   = 2;
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(nx_recvfrom(fd, &seq, 1, 0, NULL, NULL), -ECONNRESET);
}

#define TEST(scenario) \
  static void test_##scenario(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(scenario, 1), 0); \
  } \
  struct semicolon_s

TEST(accept_without_descriptor);
TEST(accept_bad_name);
TEST(killed);
TEST(closed_meanwhile);
TEST(interfaces);
TEST(device);
TEST(arguments);
TEST(many_in_a_set);
TEST(connect_again);
TEST(vectors);
TEST(asked);
TEST(listener_info);

static void test_sendfile_all(void **state)
{
  char path[100];

  (void)state;
  assert_non_null(mkdtemp(g_folder));
  assert_int_equal(stack_run(sendfile_all, 1), 0);
  snprintf(path, sizeof(path), "%s/file", g_folder);
  assert_int_equal(unlink(path), 0);
  assert_int_equal(rmdir(g_folder), 0);
}

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_accept_without_descriptor),
    cmocka_unit_test(test_accept_bad_name),
    cmocka_unit_test(test_killed),
    cmocka_unit_test(test_closed_meanwhile),
    cmocka_unit_test(test_sendfile_all),
    cmocka_unit_test(test_interfaces),
    cmocka_unit_test(test_device),
    cmocka_unit_test(test_arguments),
    cmocka_unit_test(test_many_in_a_set),
    cmocka_unit_test(test_connect_again),
    cmocka_unit_test(test_vectors),
    cmocka_unit_test(test_asked),
    cmocka_unit_test(test_listener_info)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
