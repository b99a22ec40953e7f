using Purser.Cli.Output;

namespace Purser.Cli.Tests.Output;

public sealed class ListingTests
{
    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        Column.Text<Row>("team", row => row.Team),
        Column.Exact<Row>("cost_usd", row => row.Cost),
        Column.Count<Row>("requests", row => row.Requests),
        Column.Flag<Row>("hard", row => row.Hard),
        Column.Text<Row>("note", row => row.Note, inTable: false),
    ];

    private static readonly Row[] Rows =
    [
        new("search", "12.000000001", 1234, true, null),
        new("=cmd|' /C calc'!A0", "-0.500000000", 7, false, "a \"quoted\", line\nand another"),
    ];

    private static readonly Row Total = new(null, "11.500000001", 1241, null, null);

    [Fact]
    public void A_table_in_a_pipe_is_plain_and_aligned()
    {
        Assert.Equal(
            "TEAM                    COST USD  REQUESTS  HARD\n"
                + "search              12.000000001      1234  yes\n"
                + "=cmd|' /C calc'!A0  -0.500000000         7  no\n"
                + "total               11.500000001      1241\n",
            Write(ListingFormat.Table)
        );
    }

    [Fact]
    public void Json_keeps_exact_amounts_as_text_and_counts_as_numbers()
    {
        Assert.Equal(
            """
            {
              "data": [
                {
                  "team": "search",
                  "cost_usd": "12.000000001",
                  "requests": 1234,
                  "hard": true,
                  "note": null
                },
                {
                  "team": "=cmd|' /C calc'!A0",
                  "cost_usd": "-0.500000000",
                  "requests": 7,
                  "hard": false,
                  "note": "a \"quoted\", line\nand another"
                }
              ],
              "total": {
                "team": null,
                "cost_usd": "11.500000001",
                "requests": 1241,
                "hard": null,
                "note": null
              }
            }

            """,
            Write(ListingFormat.Json)
        );
    }

    [Fact]
    public void Csv_quotes_as_RFC_4180_and_no_text_is_a_formula()
    {
        Assert.Equal(
            "team,cost_usd,requests,hard,note\r\n"
                + "search,12.000000001,1234,true,\r\n"
                + "'=cmd|' /C calc'!A0,-0.500000000,7,false,\"a \"\"quoted\"\", line\nand another\"\r\n",
            Write(ListingFormat.Csv)
        );
    }

    [Fact]
    public void A_table_shows_control_characters_as_escapes()
    {
        var listing = new Listing<Row>(Columns, [new Row("\u001b[31mred\n", null, null, null, null)]);

        Assert.Equal("TEAM                 COST USD  REQUESTS  HARD\n\\u001b[31mred\\u000a\n", Write(listing, ListingFormat.Table));
    }

    [Fact]
    public void A_table_without_rows_says_so()
    {
        var listing = new Listing<Row>(Columns, []) { Empty = "No teams yet." };

        Assert.Equal("No teams yet.\n", Write(listing, ListingFormat.Table));
    }

    [Fact]
    public void A_terminal_gets_borders()
    {
        var output = new StringWriter();
        var context = new CliContext
        {
            Out = output,
            Error = TextWriter.Null,
            OutIsTerminal = true,
            Environment = _ => null,
            WorkingDirectory = "/",
        };

        new Listing<Row>(Columns, Rows).Write(context, ListingFormat.Table);

        Assert.Contains("╭", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("12.000000001", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.000123456", "$0.000123456")]
    [InlineData("5.000000000", "$5.00")]
    [InlineData("5.100000000", "$5.10")]
    [InlineData("5", "$5.00")]
    [InlineData("5.1", "$5.10")]
    [InlineData("-0.250000000", "-$0.25")]
    [InlineData(null, "")]
    public void Dollars_for_people_keep_every_digit_that_says_something(string? amount, string shown) =>
        Assert.Equal(shown, Usd.Show(amount));

    private static string Write(ListingFormat format) => Write(new Listing<Row>(Columns, Rows) { Total = Total }, format);

    private static string Write(Listing<Row> listing, ListingFormat format)
    {
        var output = new StringWriter { NewLine = "\n" };
        var context = new CliContext
        {
            Out = output,
            Error = TextWriter.Null,
            Environment = _ => null,
            WorkingDirectory = "/",
        };
        listing.Write(context, format);
        return output.ToString();
    }

    private sealed record Row(string? Team, string? Cost, long? Requests, bool? Hard, string? Note);
}
