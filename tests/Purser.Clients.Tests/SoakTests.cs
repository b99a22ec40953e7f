using Xunit;

namespace Purser.Clients.Tests;

/// <summary>The soak as its users run it, short.</summary>
public sealed class SoakTests
{
    [Fact]
    public async Task A_short_soak_finds_nothing()
    {
        await using var soak = ProgramProcess.StartPurser(
            Path.GetTempPath(),
            ["soak", "--minutes", "0.25", "--kill-every", "4", "--connections", "100"]
        );

        Assert.True(await soak.WaitForExitAsync() == 0, soak.Output);

        // Each kind of entry is there, since it was killed in the middle and callers left; and none is below its bill.
        foreach (var kind in new[] { "confirmed", "estimated", "unconfirmed" })
        {
            Assert.Matches($@"(?m)^{kind} +\d{{2,}} +\S+ +\S+ +\S+ +0\.000000000 +0$", soak.Output);
        }

        Assert.Matches("[2-4] kills: ", soak.Output);
    }
}
