/* fs/dev.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * /dev/null, /dev/zero and /dev/random, and its other name /dev/urandom.
 * The random numbers are those of the kernel's one generator, so they are
 * the same again for the same seed: not for keys.
 */

#include "vfs.h"

#include <string.h>

#include <nuttx/sim.h>

static ssize_t null_read(FAR struct file *filep, FAR char *buffer,
                         size_t buflen)
{
  UNUSED(filep);
  UNUSED(buffer);
  UNUSED(buflen);
  return 0;
}

static ssize_t null_write(FAR struct file *filep, FAR const char *buffer,
                          size_t buflen)
{
  UNUSED(filep);
  UNUSED(buffer);
  return buflen;
}

/* As with Linux: any position is the start */

static off_t null_seek(FAR struct file *filep, off_t offset, int whence)
{
  UNUSED(filep);
  UNUSED(offset);
  UNUSED(whence);
  return 0;
}

static ssize_t zero_read(FAR struct file *filep, FAR char *buffer,
                         size_t buflen)
{
  UNUSED(filep);
  memset(buffer, 0, buflen);
  return buflen;
}

static ssize_t random_read(FAR struct file *filep, FAR char *buffer,
                           size_t buflen)
{
  size_t done;

  UNUSED(filep);

  for (done = 0; done < buflen; done += sizeof(uint64_t))
    {
      uint64_t random = sim_random();

      memcpy(buffer + done, &random, MIN(sizeof(random), buflen - done));
    }

  return buflen;
}

static const struct file_operations g_null_ops =
{
  .read  = null_read,
  .write = null_write,
  .seek  = null_seek
};

static const struct file_operations g_zero_ops =
{
  .read  = zero_read,
  .write = null_write,
  .seek  = null_seek
};

static const struct file_operations g_random_ops =
{
  .read  = random_read,
  .write = null_write,
  .seek  = null_seek
};

int dev_initialize(void)
{
  int ret;

  ret = register_driver("/dev/null", &g_null_ops, 0666, NULL);
  ret = ret < 0 ? ret :
        register_driver("/dev/zero", &g_zero_ops, 0666, NULL);
  ret = ret < 0 ? ret :
        register_driver("/dev/random", &g_random_ops, 0666, NULL);
  ret = ret < 0 ? ret :
        register_driver("/dev/urandom", &g_random_ops, 0666, NULL);
  return ret;
}
