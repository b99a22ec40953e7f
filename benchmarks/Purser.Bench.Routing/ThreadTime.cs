using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Purser.Bench.Routing;

/// <summary>The processor time that this thread has taken: what others do on the machine meanwhile isn't in it. Elapsed time where the system doesn't tell.</summary>
internal static class ThreadTime
{
    private const int ThreadCpuTime = 3;

    /// <summary>Nanoseconds since some instant.</summary>
    public static long Now =>
        OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out var time) == 0
            ? time.Seconds * 1_000_000_000 + time.Nanoseconds
            : (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
