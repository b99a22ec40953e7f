using Xunit;

namespace Purser.Architecture.Tests;

/// <summary>Says everything that was found, not the first five.</summary>
internal static class Found
{
    public static void Nothing(IEnumerable<string> found)
    {
        var all = found.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
