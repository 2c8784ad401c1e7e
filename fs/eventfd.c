/* fs/eventfd.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A counter as a file, with Linux' semantics: writing adds, reading takes
 * all of it, or one with EFD_SEMAPHORE, and waits while it is zero.
 */

#include "vfs.h"

#include <sys/eventfd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd_s
{
  uint64_t count;
  bool semaphore;
  struct fs_waitq_s wait;
  struct polllist_s poll;
};

static unsigned int eventfd_events(FAR const struct eventfd_s *ev)
{
  return (ev->count > 0 ? POLLIN | POLLRDNORM : 0) |
         (ev->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0);
}

static void eventfd_changed(FAR struct eventfd_s *ev)
{
  fs_wake(&ev->wait);
  poll_notify(&ev->poll, eventfd_events(ev));
}

static int eventfd_close(FAR struct file *filep)
{
  kmm_free(filep->f_priv);
  return 0;
}

static int eventfd_block(FAR struct file *filep, FAR struct eventfd_s *ev)
{
  return (filep->f_oflags & O_NONBLOCK) != 0 ? -EAGAIN : fs_wait(&ev->wait);
}

static ssize_t eventfd_take(FAR struct file *filep, FAR char *buffer,
                            size_t buflen)
{
  FAR struct eventfd_s *ev = filep->f_priv;
  uint64_t value;

  if (buflen < sizeof(value))
    {
      return -EINVAL;
    }

  while (ev->count == 0)
    {
      int ret = eventfd_block(filep, ev);

      if (ret < 0)
        {
          return ret;
        }
    }

  value = ev->semaphore ? 1 : ev->count;
  ev->count -= value;
  memcpy(buffer, &value, sizeof(value));
  eventfd_changed(ev);
  return sizeof(value);
}

static ssize_t eventfd_add(FAR struct file *filep, FAR const char *buffer,
                             size_t buflen)
{
  FAR struct eventfd_s *ev = filep->f_priv;
  uint64_t value;

  if (buflen < sizeof(value))
    {
      return -EINVAL;
    }

  memcpy(&value, buffer, sizeof(value));
  if (value == UINT64_MAX)
    {
      return -EINVAL;
    }

  while (value > COUNT_MAX - ev->count)
    {
      int ret = eventfd_block(filep, ev);

      if (ret < 0)
        {
          return ret;
        }
    }

  ev->count += value;
  if (value > 0)
    {
      eventfd_changed(ev);
    }

  return sizeof(value);
}

static int eventfd_poll(FAR struct file *filep, FAR struct pollwait_s *pw,
                        bool setup)
{
  FAR struct eventfd_s *ev = filep->f_priv;

  if (setup)
    {
      pollwait_add(&ev->poll, pw);
      poll_notify_one(pw, eventfd_events(ev));
    }
  else
    {
      pollwait_del(pw);
    }

  return 0;
}

static const struct file_operations g_eventfd_ops =
{
  .close = eventfd_close,
  .read  = eventfd_take,
  .write = eventfd_add,
  .poll  = eventfd_poll
};

int nx_eventfd(unsigned int count, int flags)
{
  FAR struct eventfd_s *ev;
  FAR struct file *filep;
  int ret;

  if ((flags & ~(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE)) != 0)
    {
      return -EINVAL;
    }

  ev = kmm_zalloc(sizeof(*ev));
  if (ev == NULL)
    {
      return -ENOMEM;
    }

  ev->count     = count;
  ev->semaphore = (flags & EFD_SEMAPHORE) != 0;

  ret = file_alloc(&g_eventfd_ops, 0, O_RDWR | (flags & EFD_NONBLOCK),
                   "eventfd", ev, &filep);
  if (ret < 0)
    {
      kmm_free(ev);
      return ret;
    }

  ret = file_install(filep, 0, (flags & EFD_CLOEXEC) != 0);
  if (ret < 0)
    {
      file_put(filep);
    }

  return ret;
}
