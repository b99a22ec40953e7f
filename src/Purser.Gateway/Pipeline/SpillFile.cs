using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Purser.Gateway.Pipeline;

/// <summary>The folder for what is too large for memory. It needs no care: what is in it has no name, and is gone with the process.</summary>
/// <param name="path">The folder; it's made when it's needed.</param>
internal sealed class SpillFolder(string path)
{
    /// <summary>A new, empty file.</summary>
    /// <exception cref="SpillException">The disk doesn't take it.</exception>
    public SpillFile Create()
    {
        try
        {
            Directory.CreateDirectory(path);
            var name = Path.Combine(path, Guid.NewGuid().ToString("N"));
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
            };
            if (!OperatingSystem.IsWindows())
            {
                // Prompts are nobody else's business.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            var file = new FileStream(name, options);
            if (!OperatingSystem.IsWindows())
            {
                // An open file needs no name here, and without one nothing is left of it, however the process ends.
                File.Delete(name);
            }

            return new SpillFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SpillException(exception);
        }
    }
}

/// <summary>Bytes that are kept on disk, and read as memory: the system keeps of them in memory what there is room for.</summary>
internal sealed class SpillFile(FileStream file) : IDisposable
{
    private readonly List<MappedBytes> views = [];

    /// <summary>How many bytes it has.</summary>
    public int Length { get; private set; }

    /// <summary>Adds bytes at its end.</summary>
    /// <exception cref="SpillException">The disk doesn't take them.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, Length);
        }
        catch (IOException exception)
        {
            throw new SpillException(exception);
        }

        Length = checked(Length + bytes.Length);
    }

    /// <summary>All that it has now, until it's disposed of. Written bytes alone are mapped, so that a full disk is an exception and no signal.</summary>
    public ReadOnlyMemory<byte> View()
    {
        if (views.Count == 0 || views[^1].Length != Length)
        {
            views.Add(new MappedBytes(file, Length));
        }

        return views[^1].Memory;
    }

    public void Dispose()
    {
        foreach (IDisposable view in views)
        {
            view.Dispose();
        }

        file.Dispose();
    }

    /// <summary>A file's bytes. What is pinned outlives the disposal; any other use after it is an exception.</summary>
    private sealed unsafe class MappedBytes : MemoryManager<byte>
    {
        private readonly MemoryMappedFile file;
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* start;
        private volatile bool isDisposed;

        public MappedBytes(FileStream from, int length)
        {
            Length = length;
            file = MemoryMappedFile.CreateFromFile(
                from,
                null,
                length,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            );
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            start = pointer + view.PointerOffset;
        }

        public int Length { get; }

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return new Span<byte>(start, Length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            var isHeld = false;
            view.SafeMemoryMappedViewHandle.DangerousAddRef(ref isHeld);
            return new MemoryHandle(start + elementIndex, pinnable: this);
        }

        public override void Unpin() => view.SafeMemoryMappedViewHandle.DangerousRelease();

        protected override void Dispose(bool disposing)
        {
            if (!isDisposed)
            {
                isDisposed = true;
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
                file.Dispose();
            }
        }
    }
}

/// <summary>What was too large for memory, the disk doesn't take either.</summary>
internal sealed class SpillException(Exception cause) : Exception("The disk doesn't take what is too large for memory.", cause);

/// <summary>How large bodies may be, and where those are kept that are too large for memory.</summary>
/// <param name="Largest">In bytes.</param>
/// <param name="Spill">Where; null keeps all in memory.</param>
internal sealed record BodyLimits(long Largest, SpillFolder? Spill);
