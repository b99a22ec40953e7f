using System.Text.RegularExpressions;
using Purser.Providers.Translation;

namespace Purser.Providers.Tests.Translation;

/// <summary>The rules have names that last, and one list in the documents.</summary>
public sealed partial class RuleTests
{
    [Fact]
    public void The_documents_list_then_it_is_the_codes()
    {
        var document = File.ReadAllText(Path.Combine(TranslationVectors.Root, "../../../docs/translation.md"));
        var listed = Row().Matches(document).Select(row => $"{row.Groups[1].Value} | {row.Groups[2].Value}");
        var known = TranslationRules
            .All.OrderBy(rule => rule.Name, StringComparer.Ordinal)
            .Select(rule => $"{rule.Name} | {rule.What}")
            .ToList();

        Assert.True(
            known.SequenceEqual(listed),
            "The table should be:\n" + string.Join('\n', known.Select(row => $"| `{row.Replace(" | ", "` | ")} |"))
        );
    }

    [Fact]
    public void The_matrix_in_the_documents_then_it_is_that_of_the_tests()
    {
        var document = File.ReadAllText(Path.Combine(TranslationVectors.Root, "../../../docs/translation.md"));
        var rows =
            from client in Order
            from provider in Order
            where client != provider
            select $"| {client} → {provider} | "
                + string.Join(" | ", SharedCells.Cases.Select(name => Cell(SharedCells.Rules[$"{client}-{provider}/{name}"])))
                + " |";

        Assert.All(rows, row => Assert.True(document.Contains(row, StringComparison.Ordinal), $"the document lacks the row\n{row}"));
    }

    private static readonly string[] Order = ["chat", "messages", "responses", "gemini", "ollama", "converse"];

    private static string Cell(string rules) =>
        rules.Length == 0 ? "yes" : string.Join(", ", rules.Split(", ").Select(rule => $"`{rule}`"));

    [Fact]
    public void Names_then_each_says_what_is_done_once()
    {
        Assert.Equal(TranslationRules.All.Count, TranslationRules.All.Select(rule => rule.Name).Distinct().Count());
        Assert.All(TranslationRules.All, rule => Assert.Matches("^(drop|change|add|refuse):[a-z0-9_]+$", rule.Name));
    }

    [Fact]
    public void Members_that_are_unknown_then_their_names_are_fit_for_a_header_and_not_too_many()
    {
        var notes = new RuleNotes();
        notes.Unknown("a\r\nb, é" + new string('x', 100));
        notes.Unknown("a\r\nb, é" + new string('x', 100));
        for (var index = 0; index < 100; index++)
        {
            notes.Unknown($"m{index}");
        }

        Assert.Equal(33, notes.Names.Count);
        Assert.Equal("drop:unknown.a??b???" + new string('x', 57), notes.Names[0]);
        Assert.Equal("more", notes.Names[^1]);
        Assert.DoesNotContain('\n', notes.ToHeader());
    }

    [GeneratedRegex(@"^\| `((?:drop|change|add|refuse):[a-z0-9_]+)` \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
