using Xunit;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>
/// The acceptance run: <c>./test --clients</c>. These tests run only when they are asked for by name, as their clients are large.
/// </summary>
public sealed class AcceptanceTests(RunningPurser running, AcceptancePage page) : IClassFixture<AcceptancePage>
{
    private static readonly Dictionary<string, string> Versions = [];

    /// <summary>Each row with each case; <c>PURSER_CLIENTS</c> chooses the rows whose names contain it.</summary>
    public static TheoryData<string, ClientCase> Cells()
    {
        var chosen = Environment.GetEnvironmentVariable("PURSER_CLIENTS") ?? "";
        var cells = new TheoryData<string, ClientCase>();
        foreach (var client in Clients.All.Where(client => client.Row.Contains(chosen, StringComparison.OrdinalIgnoreCase)))
        {
            foreach (var @case in Enum.GetValues<ClientCase>())
            {
                cells.Add(client.Row, @case);
            }
        }

        return cells;
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Cells))]
    public async Task An_installed_client_works(string row, ClientCase @case)
    {
        Assert.NotNull(page);
        var client = Clients.Named(row);
        var version = await VersionAsync(client);
        CaseResult result;
        try
        {
            // What fails again and again is left alone for a while: the failures get a gateway of their own.
            await using var apart = @case == ClientCase.Error ? await running.ApartAsync() : null;
            result = await new Trial(client, @case).RunAsync(await running.SessionAsync("acceptance", apart));
        }
        catch (Exception exception)
        {
            ClientResult.Save(row, version, @case, new CaseResult(Passed: false, FirstLine(exception.Message)));
            throw;
        }

        ClientResult.Save(row, version, @case, result);
    }

    private static async Task<string> VersionAsync(InstalledClient client)
    {
        if (!Versions.TryGetValue(client.Row, out var version))
        {
            version = Versions[client.Row] = await client.VersionAsync();
        }

        Assert.Equal(client.Package.Pinned, version);
        return version;
    }

    private static string FirstLine(string message) => message.Split('\n')[0];
}

/// <summary>Writes docs/clients.md when an acceptance run has ended; an ordinary one drives nothing and has nothing to say.</summary>
public sealed class AcceptancePage : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("PURSER_CLIENTS") is not null)
        {
            ClientsDocument.Write();
        }
    }
}
