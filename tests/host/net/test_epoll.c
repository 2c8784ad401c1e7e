/* tests/host/net/test_epoll.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * epoll.  Goal: Linux' semantics, at the cost of what is ready, with one
 * task woken for one event, and nothing left behind when files are closed in
 * any order.  Method: sets of eventfds and pipes, and of a file of the test's
 * own that counts how often it is asked.  Time is virtual.
 */

#include "kernel/fs_fixture.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <nuttx/semaphore.h>

#define FILES 1000

/* A file whose state the test sets; it counts the questions */

struct probe_s
{
  struct polllist_s list;
  unsigned int state;
  unsigned int asked;
};

static int probe_poll(struct file *filep, struct pollwait_s *pw, bool setup)
{
  struct probe_s *probe = filep->f_priv;

  if (setup)
    {
      probe->asked++;
      pollwait_add(&probe->list, pw);
      poll_notify_one(pw, probe->state);
    }
  else
    {
      pollwait_del(pw);
    }

  return 0;
}

static const struct file_operations g_probe_ops =
{
  .poll = probe_poll
};

static struct probe_s g_probe[FILES];
static int g_fd[FILES];
static int g_ep;

static int probe_open(struct probe_s *probe)
{
  struct file *filep;
  int fd;

  memset(probe, 0, sizeof(*probe));
  EQ(file_alloc(&g_probe_ops, 0, O_RDWR, "probe", probe, &filep), 0);
  fd = file_install(filep, 0, false);
  CHECK(fd >= 0);
  return fd;
}

static void probe_set(struct probe_s *probe, unsigned int state)
{
  probe->state = state;
  poll_notify(&probe->list, state);
}

static void probe_tell(struct probe_s *probe, unsigned int events)
{
  poll_notify(&probe->list, events);
}

static int add(int ep, int fd, uint32_t events)
{
  struct epoll_event ev =
  {
    .events = events, .data.fd = fd
  };

  return nx_epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static int mod(int ep, int fd, uint32_t events)
{
  struct epoll_event ev =
  {
    .events = events, .data.fd = fd
  };

  return nx_epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev);
}

static int del(int ep, int fd)
{
  return nx_epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
}

/* What is ready now: the number, and the first one's events and descriptor */

static struct epoll_event g_ev[FILES];

static int now(int ep)
{
  memset(g_ev, 0, sizeof(g_ev));
  return nx_epoll_wait(ep, g_ev, FILES, 0);
}

static uint64_t in_ms(unsigned int ms)
{
  return clock_refresh() + ms * NSEC_PER_MSEC;
}

static void begin(int n)
{
  int i;

  g_ep = nx_epoll_create(0);
  CHECK(g_ep >= 0);
  for (i = 0; i < n; i++)
    {
      g_fd[i] = probe_open(&g_probe[i]);
    }
}

static void finish(int n)
{
  int i;

  for (i = 0; i < n; i++)
    {
      EQ(nx_close(g_fd[i]), 0);
    }

  EQ(nx_close(g_ep), 0);
}

/* Level: told as long as it is true; edge: once for each change */

SCENARIO(level_and_edge)
{
  begin(2);
  EQ(add(g_ep, g_fd[0], EPOLLIN), 0);
  EQ(add(g_ep, g_fd[1], EPOLLIN | EPOLLET), 0);
  EQ(now(g_ep), 0);

  probe_set(&g_probe[0], POLLIN);
  probe_set(&g_probe[1], POLLIN | POLLOUT);
  EQ(now(g_ep), 2);
  EQ(g_ev[0].data.fd, g_fd[0]);
  EQ(g_ev[0].events, EPOLLIN);
  EQ(g_ev[1].events, EPOLLIN);

  EQ(now(g_ep), 1);
  EQ(g_ev[0].data.fd, g_fd[0]);
  EQ(now(g_ep), 1);

  probe_tell(&g_probe[1], POLLIN);
  EQ(now(g_ep), 2);
  EQ(now(g_ep), 1);

  probe_tell(&g_probe[1], POLLOUT);
  EQ(now(g_ep), 1);

  g_probe[0].state = 0;
  EQ(now(g_ep), 0);
  finish(2);
}

/* True already when it is added or changed; an edge, too */

SCENARIO(true_at_once)
{
  begin(1);
  g_probe[0].state = POLLIN | POLLOUT;
  EQ(add(g_ep, g_fd[0], EPOLLIN | EPOLLET), 0);
  EQ(now(g_ep), 1);
  EQ(now(g_ep), 0);
  EQ(mod(g_ep, g_fd[0], EPOLLOUT | EPOLLET), 0);
  EQ(now(g_ep), 1);
  EQ(g_ev[0].events, EPOLLOUT);
  EQ(mod(g_ep, g_fd[0], 0), 0);
  EQ(now(g_ep), 0);

  /* Errors are told without being asked for */

  probe_set(&g_probe[0], POLLERR | POLLHUP);
  EQ(now(g_ep), 1);
  EQ(g_ev[0].events, EPOLLERR | EPOLLHUP);
  finish(1);
}

SCENARIO(oneshot)
{
  begin(1);
  EQ(add(g_ep, g_fd[0], EPOLLIN | EPOLLONESHOT), 0);
  probe_set(&g_probe[0], POLLIN);
  EQ(now(g_ep), 1);
  EQ(now(g_ep), 0);
  probe_set(&g_probe[0], POLLIN | POLLHUP);
  EQ(now(g_ep), 0);
  EQ(mod(g_ep, g_fd[0], EPOLLIN | EPOLLONESHOT), 0);
  EQ(now(g_ep), 1);
  EQ(g_ev[0].events, EPOLLIN | EPOLLHUP);
  EQ(now(g_ep), 0);
  EQ(del(g_ep, g_fd[0]), 0);
  finish(1);
}

/* A call costs what is ready: idle files are never asked again */

SCENARIO(cost)
{
  unsigned int asked = 0;
  int i;

  begin(FILES);
  for (i = 0; i < FILES; i++)
    {
      EQ(add(g_ep, g_fd[i], EPOLLIN), 0);
      g_probe[i].asked = 0;
    }

  EQ(now(g_ep), 0);
  probe_set(&g_probe[500], POLLIN);
  for (i = 0; i < 10; i++)
    {
      EQ(now(g_ep), 1);
      EQ(g_ev[0].data.fd, g_fd[500]);
    }

  for (i = 0; i < FILES; i++)
    {
      asked += g_probe[i].asked;
    }

  EQ(asked, 10);
  finish(FILES);
}

/* With room for few events all ready files get their turn */

SCENARIO(turns)
{
  int seen[9] =
  {
    0
  };

  int round;
  int i;

  begin(9);
  for (i = 0; i < 9; i++)
    {
      EQ(add(g_ep, g_fd[i], EPOLLIN), 0);
      probe_set(&g_probe[i], POLLIN);
    }

  for (round = 0; round < 6; round++)
    {
      EQ(nx_epoll_wait(g_ep, g_ev, 3, 0), 3);
      for (i = 0; i < 9; i++)
        {
          seen[i] += g_ev[0].data.fd == g_fd[i] ||
                     g_ev[1].data.fd == g_fd[i] ||
                     g_ev[2].data.fd == g_fd[i];
        }
    }

  for (i = 0; i < 9; i++)
    {
      EQ(seen[i], 2);
    }

  finish(9);
}

/* Several tasks wait on one set: one event wakes one of them */

static sem_t g_sem;
static int g_woken;

static int waiter(void *arg)
{
  struct epoll_event ev;
  int n = nx_epoll_wait(g_ep, &ev, 1, in_ms(100));

  CHECK(n == 0 || n == 1);
  if (n == 1)
    {
      g_woken++;
    }

  (void)arg;
  return n;
}

static int ready_tasks(const pid_t *pid, int n)
{
  int ready = 0;

  while (n-- > 0)
    {
      ready += nxsched_get_tcb(pid[n])->state == TSTATE_READY;
    }

  return ready;
}

SCENARIO(one_waiter_for_one_event)
{
  pid_t pid[8];
  int i;

  begin(8);
  for (i = 0; i < 8; i++)
    {
      EQ(add(g_ep, g_fd[i], EPOLLIN | EPOLLET), 0);
    }

  g_woken = 0;
  for (i = 0; i < 8; i++)
    {
      pid[i] = start(waiter, NULL);
    }

  sleep_ms(1);
  g_probe[0].asked = 0;
  probe_set(&g_probe[0], POLLIN);
  probe_tell(&g_probe[0], POLLIN);
  EQ(ready_tasks(pid, 8), 1);
  sleep_ms(1);
  EQ(g_woken, 1);
  EQ(g_probe[0].asked, 1);

  /* Three at once: three tasks, though one was woken */

  probe_set(&g_probe[1], POLLIN);
  probe_set(&g_probe[2], POLLIN);
  probe_set(&g_probe[3], POLLIN);
  sleep_ms(1);
  EQ(g_woken, 4);

  for (i = 0; i < 8; i++)
    {
      EQ(reap(pid[i]), i < 4);
    }

  EQ(now_ms() >= 100, true);
  finish(8);
}

/* Time: none, some; and an end by a kill */

static int forever(void *arg)
{
  struct epoll_event ev;

  (void)arg;
  nxsem_post(&g_sem);
  EQ(nx_epoll_wait(g_ep, &ev, 1, CLOCK_NEVER), -EINTR);
  return 0;
}

SCENARIO(timeouts)
{
  uint64_t before = clock_refresh();
  pid_t pid;

  begin(1);
  nxsem_init(&g_sem, 0, 0);
  EQ(add(g_ep, g_fd[0], EPOLLIN), 0);
  EQ(nx_epoll_wait(g_ep, g_ev, 1, before + 1000), 0);
  EQ(clock_refresh() - before, 1000);
  EQ(nx_epoll_wait(g_ep, g_ev, 1, 0), 0);
  EQ(clock_refresh() - before, 1000);

  pid = start(forever, NULL);
  nxsem_wait(&g_sem);
  sleep_ms(1);
  EQ(nxsched_kill(pid, SIGTERM), 0);
  EQ(reap(pid), -SIGTERM);
  finish(1);
}

/* The last close of a file takes it out; one of two descriptors does not */

SCENARIO(closing)
{
  int copy;

  begin(2);
  EQ(add(g_ep, g_fd[0], EPOLLIN), 0);
  copy = nx_dup(g_fd[0]);
  EQ(add(g_ep, copy, EPOLLIN), 0);
  EQ(add(g_ep, g_fd[1], EPOLLIN), 0);
  probe_set(&g_probe[0], POLLIN);
  EQ(now(g_ep), 2);

  /* As on Linux the item of a closed descriptor stays while the file does */

  EQ(nx_close(copy), 0);
  EQ(now(g_ep), 2);
  EQ(nx_close(g_fd[0]), 0);
  CHECK(g_probe[0].list.head == NULL);
  EQ(now(g_ep), 0);

  /* The set goes first */

  EQ(nx_close(g_ep), 0);
  CHECK(g_probe[1].list.head == NULL);
  EQ(nx_close(g_fd[1]), 0);
}

/* A set in a set; no circles, not too deep */

SCENARIO(nesting)
{
  struct pollfd pfd;
  int ep[7];
  int i;

  begin(1);
  EQ(add(g_ep, g_fd[0], EPOLLIN), 0);

  ep[0] = nx_epoll_create(EPOLL_CLOEXEC);
  EQ(nx_fcntl(ep[0], F_GETFD), FD_CLOEXEC);
  EQ(add(ep[0], g_ep, EPOLLIN), 0);
  EQ(now(ep[0]), 0);
  probe_set(&g_probe[0], POLLIN);
  EQ(now(ep[0]), 1);
  EQ(g_ev[0].data.fd, g_ep);

  pfd.fd     = ep[0];
  pfd.events = POLLIN;
  EQ(nx_poll(&pfd, 1, 0), 1);
  g_probe[0].state = 0;
  EQ(nx_poll(&pfd, 1, 0), 0);
  EQ(now(ep[0]), 0);

  EQ(add(ep[0], ep[0], EPOLLIN), -EINVAL);
  EQ(add(g_ep, ep[0], EPOLLIN), -ELOOP);
  for (i = 1; i < 4; i++)
    {
      ep[i] = nx_epoll_create(0);
      EQ(add(ep[i], ep[i - 1], EPOLLIN), 0);
    }

  ep[4] = nx_epoll_create(0);
  EQ(add(ep[4], ep[3], EPOLLIN), -ELOOP);
  EQ(add(g_ep, ep[3], EPOLLIN), -ELOOP);

  probe_set(&g_probe[0], POLLIN);
  EQ(now(ep[3]), 1);
  for (i = 0; i < 5; i++)
    {
      nx_close(ep[i]);
    }

  finish(1);
}

/* What is refused */

SCENARIO(errors)
{
  struct epoll_event ev =
  {
    .events = EPOLLIN
  };

  int null = nx_open("/dev/null", O_RDWR);

  begin(1);
  CHECK(null >= 0);
  EQ(nx_epoll_create(1), -EINVAL);
  EQ(nx_epoll_ctl(g_ep, EPOLL_CTL_ADD, 99, &ev), -EBADF);
  EQ(nx_epoll_ctl(99, EPOLL_CTL_ADD, g_fd[0], &ev), -EBADF);
  EQ(nx_epoll_ctl(g_fd[0], EPOLL_CTL_ADD, g_ep, &ev), -EINVAL);
  EQ(nx_epoll_ctl(g_ep, EPOLL_CTL_ADD, g_fd[0], NULL), -EFAULT);
  EQ(nx_epoll_ctl(g_ep, 7, g_fd[0], &ev), -EINVAL);
  EQ(add(g_ep, null, EPOLLIN), -EPERM);
  EQ(mod(g_ep, g_fd[0], EPOLLIN), -ENOENT);
  EQ(del(g_ep, g_fd[0]), -ENOENT);
  EQ(add(g_ep, g_fd[0], EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
  EQ(add(g_ep, g_fd[0], EPOLLIN), 0);
  EQ(add(g_ep, g_fd[0], EPOLLIN), -EEXIST);
  EQ(nx_epoll_wait(g_ep, g_ev, 0, 0), -EINVAL);
  EQ(nx_epoll_wait(g_ep, g_ev, -1, 0), -EINVAL);
  EQ(nx_epoll_wait(g_ep, NULL, 1, 0), -EFAULT);
  EQ(nx_epoll_wait(g_fd[0], g_ev, 1, 0), -EINVAL);
  EQ(nx_epoll_wait(99, g_ev, 1, 0), -EBADF);
  EQ(nx_read(g_ep, &ev, sizeof(ev)), -EINVAL);
  nx_close(null);
  finish(1);
}

/* Real files: a pipe and an eventfd */

SCENARIO(files)
{
  uint64_t one = 1;
  int end[2];
  int ev = nx_eventfd(0, 0);
  char c;

  begin(0);
  EQ(nx_pipe2(end, 0), 0);
  EQ(add(g_ep, end[0], EPOLLIN), 0);
  EQ(add(g_ep, end[1], EPOLLOUT | EPOLLET), 0);
  EQ(add(g_ep, ev, EPOLLIN), 0);
  EQ(now(g_ep), 1);
  EQ(g_ev[0].data.fd, end[1]);
  EQ(nx_write(end[1], "x", 1), 1);
  EQ(nx_write(ev, &one, sizeof(one)), 8);
  EQ(now(g_ep), 2);
  EQ(nx_read(end[0], &c, 1), 1);
  EQ(nx_read(ev, &one, sizeof(one)), 8);
  EQ(now(g_ep), 0);
  EQ(nx_close(end[1]), 0);
  EQ(now(g_ep), 1);
  EQ(g_ev[0].events, EPOLLHUP);
  nx_close(end[0]);
  nx_close(ev);
  finish(0);
}

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    scenario(level_and_edge),
    scenario(true_at_once),
    scenario(oneshot),
    scenario(cost),
    scenario(turns),
    scenario(one_waiter_for_one_event),
    scenario(timeouts),
    scenario(closing),
    scenario(nesting),
    scenario(errors),
    scenario(files)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
