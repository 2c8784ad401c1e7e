/* fs/path.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * From what a program says to where it is.  Dots are resolved in the text
 * itself, before anything is looked up: "x/.." is the folder that x is
 * named in, whatever x may be, and ".." of the root is the root.
 */

#include "vfs.h"

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

/* Append the components of a path to an absolute path in out, which has room
 * for size bytes and *len in use.  *folder tells whether the last component
 * can only be a folder.
 */

static int path_append(FAR char *out, size_t *len, size_t size,
                       FAR const char *path, FAR bool *folder)
{
  while (*path != '\0')
    {
      size_t n = strcspn(path, "/");

      *folder = n == 0 || path[n] == '/' || (n == 1 && path[0] == '.') ||
                (n == 2 && path[0] == '.' && path[1] == '.');

      if (n > FS_NAME_MAX)
        {
          return -ENAMETOOLONG;
        }

      if (n == 2 && path[0] == '.' && path[1] == '.')
        {
          while (*len > 0 && out[--*len] != '/')
            {
            }
        }
      else if (n > 0 && !(n == 1 && path[0] == '.'))
        {
          if (*len + 1 + n >= size)
            {
              return -ENAMETOOLONG;
            }

          out[(*len)++] = '/';
          memcpy(out + *len, path, n);
          *len += n;
        }

      path += n;
      path += *path == '/';
    }

  return 0;
}

/* Make a path absolute and free of dots and double slashes; cwd is so
 * already.  *abspath is the caller's, for kmm_free().
 */

int path_normalise(FAR const char *cwd, FAR const char *path,
                   FAR char **abspath, FAR bool *folder)
{
  size_t size = strlen(cwd) + strlen(path) + 3;
  FAR char *out;
  size_t len = 0;
  int ret = 0;

  if (path[0] == '\0')
    {
      return -ENOENT;
    }

  if (strlen(path) >= FS_PATH_MAX)
    {
      return -ENAMETOOLONG;
    }

  out = kmm_malloc(size);
  if (out == NULL)
    {
      return -ENOMEM;
    }

  if (path[0] != '/')
    {
      ret = path_append(out, &len, size, cwd, folder);
    }

  if (ret >= 0)
    {
      ret = path_append(out, &len, size, path, folder);
    }

  if (ret >= 0 && len >= FS_PATH_MAX)
    {
      ret = -ENAMETOOLONG;
    }

  if (ret < 0)
    {
      kmm_free(out);
      return ret;
    }

  if (len == 0)
    {
      out[len++] = '/';
    }

  out[len] = '\0';
  *abspath = out;
  return 0;
}

/* Look up what the calling group means by a path.  0 means that the text is
 * in order; whether it exists is another question: path_missing(), or that
 * of the mount point.
 */

int path_find(FAR const char *path, FAR struct path_s *p)
{
  int ret;

  if (path == NULL)
    {
      return -EFAULT;
    }

  ret = path_normalise(files_self()->cwd, path, &p->abs, &p->folder);
  if (ret >= 0)
    {
      p->node = inode_walk(p->abs, &p->rest);
    }

  return ret;
}

void path_free(FAR struct path_s *p)
{
  kmm_free(p->abs);
  p->abs = NULL;
}

/* For what is not below a mount point: 0 if it exists and is a folder if it
 * must be, or a negative errno.
 */

int path_missing(FAR const struct path_s *p)
{
  if (!S_ISDIR(p->node->mode) && (*p->rest != '\0' || p->folder))
    {
      return -ENOTDIR;
    }

  return *p->rest != '\0' ? -ENOENT : 0;
}
