using Xunit;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>docs/clients.md is of the clients that the repository pins: who changes a version runs <c>./test --clients</c>.</summary>
public sealed class ClientsDocumentTests
{
    /// <summary>The rows.</summary>
    public static TheoryData<string> Rows() => [.. Clients.All.Select(client => client.Row)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_client_is_there_in_its_pinned_version_and_nothing_failed(string row)
    {
        var head = ClientsDocument.RowHead(Clients.Named(row));
        var line = File.ReadLines(ClientsDocument.Location).SingleOrDefault(line => line.StartsWith(head, StringComparison.Ordinal));
        Assert.True(line is not null, $"docs/clients.md has no line that begins with '{head}': run ./test --clients");
        Assert.DoesNotContain("**no**", line, StringComparison.Ordinal);
        Assert.DoesNotContain("not run", line, StringComparison.Ordinal);
    }
}
