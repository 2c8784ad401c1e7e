/* fs/fs_sendfile.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * sendfile(): a file's bytes into another one, a socket as a rule.
 *
 * What could not be written has not been read, as far as anybody can see:
 * reading goes by position, and the position is moved by what was written.
 */

#include "vfs.h"

#include <errno.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define PIECE 65536

/* Copy from position pos on; the bytes written, or a negative errno if there
 * were none.
 */

static ssize_t sendfile_copy(FAR struct file *out, FAR struct file *in,
                             off_t pos, size_t count)
{
  FAR char *buf = kmm_malloc(MIN(count, PIECE));
  ssize_t done = 0;
  ssize_t ret = 0;

  if (buf == NULL)
    {
      return -ENOMEM;
    }

  while (count > 0)
    {
      ssize_t n = file_pread(in, buf, MIN(count, PIECE), pos);

      ret = n <= 0 ? n : file_write(out, buf, n);
      if (ret <= 0)
        {
          break;
        }

      done  += ret;
      pos   += ret;
      count -= ret;

      /* It did not take all: it would have waited if it could */

      if (ret < n)
        {
          break;
        }
    }

  kmm_free(buf);
  return done > 0 ? done : ret;
}

static ssize_t sendfile_files(FAR struct file *out, FAR struct file *in,
                              FAR off_t *offset, size_t count)
{
  off_t pos;
  ssize_t ret;

  /* What has no places cannot be read from one, nor can it be read twice */

  if (in->f_ops->seek == NULL)
    {
      return offset != NULL ? -ESPIPE : -EINVAL;
    }

  pos = offset != NULL ? *offset : in->f_ops->seek(in, 0, SEEK_CUR);
  if (pos < 0)
    {
      return offset != NULL ? -EINVAL : pos;
    }

  ret = count == 0 ? 0 : sendfile_copy(out, in, pos, MIN(count, SSIZE_MAX));
  if (ret > 0 && offset != NULL)
    {
      *offset = pos + ret;
    }
  else if (ret > 0)
    {
      in->f_ops->seek(in, pos + ret, SEEK_SET);
    }

  return ret;
}

ssize_t nx_sendfile(int out, int in, FAR off_t *offset, size_t count)
{
  FAR struct file *to;
  FAR struct file *from;
  ssize_t ret;

  task_testcancel();

  ret = file_get(in, &from);
  if (ret < 0)
    {
      return ret;
    }

  ret = file_get(out, &to);
  if (ret >= 0)
    {
      ret = sendfile_files(to, from, offset, count);
      file_put(to);
    }

  file_put(from);
  return ret;
}
