using System.Text;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>docs/clients.md, made from the results.</summary>
internal static class ClientsDocument
{
    private const string Head = """
        # Clients that were driven

        `./test --clients` installs these clients, points each at a gateway in front of the [simulator](simulator.md), drives it through five cases, and
        writes this page. What is stated comes from the installed client's own output.

        - **plain**: the client shows the model's answer.
        - **streamed**: the client hands the answer on piece by piece, as it comes.
        - **tool**: the model calls a tool, the client runs it, and the model's next answer has what only the tool knew.
        - **error**: the provider fails and goes on failing; the client says so.
        - **exhausted**: a budget has no room; the client shows which, when it resets and how to ask for more. The number is how many requests
          arrived before the client gave up, and how many may.

        In the first three, what the ledger has for the client is compared with what the simulator billed, token by token.

        """;

    /// <summary>Where it is.</summary>
    public static string Location => Path.Combine(Repository.Root, "docs/clients.md");

    /// <summary>How a row begins: the client, and the pinned versions of its packages.</summary>
    public static string RowHead(InstalledClient client) =>
        $"| {client.Name} | {string.Join("<br>", Packages(client).Select(package => $"`{package.Name}` {package.Pinned}"))} | `{client.Model}` |";

    /// <summary>Writes the page from what is kept of all rows.</summary>
    public static void Write()
    {
        var page = new StringBuilder(Head);
        page.Append(
            "\n| client | version | model | plain | streamed | tool | error | exhausted |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        );
        foreach (var client in Clients.All)
        {
            var result = ClientResult.Load(client.Row);
            page.Append(RowHead(client));
            foreach (var @case in Enum.GetValues<ClientCase>())
            {
                page.Append(' ').Append(Cell(result?.Cases.GetValueOrDefault(@case))).Append(" |");
            }

            page.Append('\n');
        }

        foreach (var client in Clients.All)
        {
            AppendSection(page, client, ClientResult.Load(client.Row));
        }

        File.WriteAllText(Location, page.ToString());
    }

    private static IEnumerable<ClientPackage> Packages(InstalledClient client) => [client.Package, .. client.Companions];

    private static string Cell(CaseResult? result) =>
        result is null ? "not run"
        : result.Passed ? result.Seen
        : $"**no**: {Quoted(result.Seen)}";

    private static void AppendSection(StringBuilder page, InstalledClient client, ClientResult? result)
    {
        page.Append($"\n## {client.Row}\n\n");
        page.Append($"{string.Join(", ", Packages(client).Select(package => $"{package.Registry} `{package.Name}` {package.Pinned}"))}");
        page.Append($"; the client says of itself that it's {result?.Version ?? "(not run)"}. ");
        page.Append($"{(client.Remark is { } remark ? remark + " " : "")}Settings:\n\n```\n{client.Settings.TrimEnd()}\n```\n");
        foreach (var (@case, seen) in (result?.Cases ?? []).OrderBy(entry => entry.Key))
        {
            if (seen.Quote is { } quote)
            {
                page.Append(
                    $"\n{@case switch { ClientCase.Error => "What it shows of an error", _ => "What it shows of an exhausted budget" }}:\n\n"
                );
                page.Append($"> {quote.ReplaceLineEndings("\n> ")}\n");
            }
        }
    }

    private static string Quoted(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
