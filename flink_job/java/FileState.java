package ringwatch;

import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/** What tells whether a file has changed: its length, times of modification and of change (ms), and inode. */
class FileState implements Serializable {
    private static final long serialVersionUID = 1;
    private static final String ASKED = "unix:isRegularFile,size,lastModifiedTime,ctime,ino";

    final long length;
    final long modified;
    private final long changed;
    private final long inode; // 0 where it is not known

    private FileState(long length, long modified, long changed, long inode) {
        this.length = length;
        this.modified = modified;
        this.changed = changed;
        this.inode = inode;
    }

    /** Returns the state of a file now, null if it is gone. A pipe never changes. */
    static FileState of(File file) {
        Map found;
        try {
            found = Files.readAttributes(file.toPath(), ASKED, new LinkOption[0]);
        } catch (InvalidPathException e) { // its name has characters that this process cannot write
            return known(file.length(), file.lastModified());
        } catch (IOException e) {
            return null;
        }
        if (!((Boolean) found.get("isRegularFile")).booleanValue()) {
            return new FileState(0, 0, 0, 0);
        }
        return new FileState(
                ((Number) found.get("size")).longValue(),
                ((FileTime) found.get("lastModifiedTime")).toMillis(),
                ((FileTime) found.get("ctime")).toMillis(),
                ((Number) found.get("ino")).longValue());
    }

    /** Returns what a checkpoint knows of a file. */
    static FileState known(long length, long modified) {
        return new FileState(length, modified, 0, 0);
    }

    boolean hasGrownSince(FileState before) {
        return length > before.length && !isAnotherThan(before);
    }

    /** Returns whether other bytes are where some were: a new file, a shorter one, one written anew. */
    boolean isReplacementOf(FileState before) {
        return isAnotherThan(before) || length < before.length || (length == before.length && modified != before.modified);
    }

    /** Returns whether it is another file of this name. Some network disks give a file new inodes: the time decides, too. */
    boolean isAnotherThan(FileState before) {
        return before.inode != 0 && inode != before.inode && changed != before.changed;
    }

    /** Returns this state, with the length that the file had before it was cut. */
    FileState notShorterThan(FileState before) {
        return isAnotherThan(before) || length >= before.length ? this : new FileState(before.length, modified, changed, inode);
    }
}
