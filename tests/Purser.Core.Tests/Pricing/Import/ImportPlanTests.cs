using Purser.Core.Pricing;
using Purser.Core.Pricing.Import;
using Xunit;

namespace Purser.Core.Tests.Pricing.Import;

public sealed class ImportPlanTests
{
    private const string File = """
        # Prices that somebody keeps.
        provider: acme
        sources:
          list: the price list

        models:
          - id: small
            aliases: [small-1]
            prices:
              - start: unknown
                source: list # as of 2026
                input_per_mtok: 1
                cache_read_per_mtok: 0.1
                output_per_mtok: 2
              # the end of small

          - id: large
            prices:
              - start: 2026-06-01
                source: list
                input_per_mtok: 10
                output_per_mtok: 20

        """;

    private static readonly DateTimeOffset Now = new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly PriceBook Book = PriceBook.Parse([new("acme.yml", File)]).Book!;

    [Fact]
    public void What_the_table_says_like_the_book_is_the_same_although_the_book_says_more()
    {
        var plan = Plan("""{"small-1": {"cost": {"input": 1, "output": 2}}}""");

        Assert.Equal([("small", ImportState.Same)], plan.Lines.Select(line => (line.Model, line.State)));
        Assert.Empty(plan.NewModels);
        Assert.Empty(plan.NewPrices);
    }

    [Fact]
    public void A_changed_rate_without_a_start_is_shown_and_not_written()
    {
        var plan = Plan("""{"small": {"cost": {"input": 1.5, "output": 2}}}""");

        Assert.Equal(
            [("input_per_mtok", 1m, 1.5m), ("cache_read_per_mtok", 0.1m, null)],
            plan.Lines.Select(line => (line.Rate!, line.InBook, line.InTable))
        );
        Assert.Equal(["small"], plan.WithoutStart);
        Assert.Empty(plan.NewPrices);
    }

    [Fact]
    public void A_start_before_an_entry_of_the_book_is_refused()
    {
        var plan = Plan("""{"large": {"cost": {"input": 11, "output": 20}}}""", new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal([("start", ImportState.Refused)], plan.Lines.Select(line => (line.Rate!, line.State)));
        Assert.Empty(plan.NewPrices);
    }

    [Fact]
    public void What_is_new_and_what_changed_is_added_and_no_line_of_before_is_touched()
    {
        var plan = Plan(
            """{"small": {"cost": {"input": 1.5, "output": 2.000000001}}, "4.5": {"cost": {"input": 3, "output": 4}}}""",
            new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero)
        );

        var edit = PriceFileEdit.Add(new("acme.yml", File), "acme", plan.NewModels, plan.NewPrices);

        Assert.Null(edit.Error);
        Assert.Equal(
            File.Replace(
                "        output_per_mtok: 2\n      #",
                """
                        output_per_mtok: 2
                      - start: 2026-07-01T12:00:00Z
                        source: the test
                        input_per_mtok: 1.5
                        output_per_mtok: 2.000000001
                      #
                """,
                StringComparison.Ordinal
            )
                + """

                  - id: "4.5"
                    prices:
                      - start: unknown
                        source: the test
                        input_per_mtok: 3
                        output_per_mtok: 4

                """,
            edit.Text
        );
    }

    [Fact]
    public void Importing_again_changes_nothing()
    {
        const string Table =
            """{"small": {"cost": {"input": 1.5, "output": 2}}, "next": {"cost": {"input": 3, "output": 4, "cache_read": 0.3}}}""";
        var plan = Plan(Table, Now);
        var edit = PriceFileEdit.Add(new("acme.yml", File), "acme", plan.NewModels, plan.NewPrices);

        var again = Plan(Table, Now, PriceBook.Parse([new("acme.yml", edit.Text!)]).Book);

        Assert.All(again.Lines, line => Assert.Equal(ImportState.Same, line.State));
    }

    [Theory]
    [InlineData("provider: acme\nmodels: [{ id: small, prices: [{ start: unknown, source: s, input_per_mtok: 1 }] }]\n")]
    [InlineData(
        "models:\n  - id: small\n    prices:\n      - start: unknown\n        source: s\n        input_per_mtok: 1\nprovider: acme\n"
    )]
    [InlineData(
        "provider: other\nmodels:\n  - id: small\n    prices:\n      - start: unknown\n        source: s\n        input_per_mtok: 1\n"
    )]
    [InlineData(
        "provider: acme\r\nmodels:\r\n  - id: small\r\n    prices:\r\n      - start: unknown\r\n        source: s\r\n        input_per_mtok: 1\r\n"
    )]
    public void A_file_that_cannot_be_added_to_line_by_line_is_left_alone(string text)
    {
        var plan = Plan("""{"small": {"cost": {"input": 1.5, "output": 2}}}""", Now);

        var edit = PriceFileEdit.Add(new("acme.yml", text), "acme", plan.NewModels, plan.NewPrices);

        Assert.Null(edit.Text);
        Assert.Contains("by hand", edit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Disagreements_are_what_two_of_them_state_differently()
    {
        var tables = new[]
        {
            Table("""{"small": {"cost": {"input": 1, "output": 3}}, "other": {"cost": {"input": 5, "output": 6}}}"""),
            Table("""{"small-1": {"cost": {"input": 1, "output": 2, "cache_read": 0.2}}, "other": {"cost": {"input": 5, "output": 7}}}"""),
        };

        var found = Disagreement.Of(Book, "acme", tables, Now).ToList();

        Assert.Equal(
            ["other output_per_mtok: , 6, 7", "small cache_read_per_mtok: 0.1, , 0.2", "small output_per_mtok: 2, 3, 2"],
            found.Select(row => $"{row.Model} {row.Rate}: {string.Join(", ", row.Figures)}").Order(StringComparer.Ordinal)
        );
    }

    private static ImportPlan Plan(string models, DateTimeOffset? start = null, PriceBook? book = null) =>
        ImportPlan.Of(book ?? Book, Table(models), Now, start);

    private static PriceTable Table(string models) =>
        PriceTableTests.Read(PriceTableKind.ModelsDev, $"{{\"acme\": {{\"models\": {models}}}}}", "acme");
}
