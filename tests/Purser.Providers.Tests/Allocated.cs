namespace Purser.Providers.Tests;

/// <summary>How much a piece of code allocates.</summary>
internal static class Allocated
{
    private const int Tries = 5;

    /// <summary>The least of a few tries, in bytes: in one of them the runtime may allocate for itself, as when it compiles a method anew.</summary>
    public static long By(Action code) =>
        Enumerable
            .Range(0, Tries)
            .Min(_ =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                code();
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });
}
