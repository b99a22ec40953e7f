using System.Globalization;

namespace Purser.Bench.Measuring;

/// <summary>Processor time and memory of a process and all that it started, read from /proc.</summary>
internal static class ProcessTree
{
    // USER_HZ, which is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>User and system time of the tree so far, in seconds, in steps of 10 ms.</summary>
    /// <param name="withEndedChildren">Also what children took that have ended and were waited for.</param>
    public static double CpuSeconds(int root, bool withEndedChildren = false) =>
        Members(root).Sum(pid => Stat(pid) is not { } stat ? 0 : stat[11..(withEndedChildren ? 15 : 13)].Sum(Number) / TicksPerSecond);

    /// <summary>Resident memory of the tree, in MB (10^6 bytes). Pages that members share are counted once for each.</summary>
    public static double ResidentMegabytes(int root) =>
        Members(root).Sum(pid => Stat(pid) is { } stat ? Number(stat[21]) * Environment.SystemPageSize / 1e6 : 0);

    /// <summary>What of it belongs to no file, in MB (10^6 bytes): what the system can't take back when it's needed elsewhere.</summary>
    public static double AnonymousMegabytes(int root) => Members(root).Sum(AnonymousKilobytes) * 1024 / 1e6;

    /// <summary>The process and its descendants.</summary>
    public static List<int> Members(int root)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && Stat(pid) is { } stat)
            {
                var parent = (int)Number(stat[1]);
                children.TryAdd(parent, []);
                children[parent].Add(pid);
            }
        }
        List<int> members = [root];
        for (var n = 0; n < members.Count; n++)
        {
            members.AddRange(children.GetValueOrDefault(members[n], []));
        }
        return members;
    }

    /// <returns>The fields after the name, which may hold spaces itself: [0] is the state. Null when the process is gone.</returns>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double AnonymousKilobytes(int pid)
    {
        const string Field = "RssAnon:";
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            return line is null ? 0 : Number(line[Field.Length..].Trim().Split(' ')[0]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}
