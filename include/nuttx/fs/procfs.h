/* include/nuttx/fs/procfs.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files of /proc.  Their text is made when one is opened, by a function that
 * prints into a proc_out_s, so that a reader sees one moment however slowly
 * it reads; opening again, or seeking to the start, makes it anew.  Some can
 * be written: settings, one value with each write.
 */

#ifndef __INCLUDE_NUTTX_FS_PROCFS_H
#define __INCLUDE_NUTTX_FS_PROCFS_H

#include <nuttx/config.h>

#include <stdarg.h>
#include <stddef.h>

#include <nuttx/compiler.h>

/* A text that grows.  An allocation that failed is remembered in error, and
 * opening fails with it.
 */

struct proc_out_s
{
  FAR char *text;
  size_t len;
  size_t size;
  int error;                         /* 0 or a negative errno */
};

typedef CODE void (*proc_show_t)(FAR struct proc_out_s *out, FAR void *arg);

/* What was written, with one call, not ended by NUL.  0 or a negative errno:
 * -EINVAL if it makes no sense.
 */

typedef CODE int (*proc_store_t)(FAR const char *text, size_t len,
                                 FAR void *arg);

/* Print; any length */

void proc_printf(FAR struct proc_out_s *out, FAR const char *fmt, ...)
  printf_like(2, 3);
void proc_vprintf(FAR struct proc_out_s *out, FAR const char *fmt,
                  va_list ap) printf_like(2, 0);
void proc_write(FAR struct proc_out_s *out, FAR const void *data,
                size_t len);

/* Add or remove a file: path is relative to /proc ("net/stat"), folders are
 * made and removed as needed.  -EEXIST, -ENOENT, -ENOMEM; -EINVAL for a path
 * that is empty, absolute, or has "." or "..", and for names of digits only
 * in first place: these are tasks.
 */

int proc_register(FAR const char *path, proc_show_t show, FAR void *arg);
int proc_register_rw(FAR const char *path, proc_show_t show,
                     proc_store_t store, FAR void *arg);
int proc_unregister(FAR const char *path);

/* What is called before /proc/iobinfo is shown, so that buffers that are only
 * kept for later do not count as used
 */

void proc_iobinfo_ask(CODE void (*ask)(void));

#endif /* __INCLUDE_NUTTX_FS_PROCFS_H */
