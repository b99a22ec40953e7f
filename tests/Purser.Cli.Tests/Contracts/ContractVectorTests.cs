using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace Purser.Cli.Tests.Contracts;

/// <summary>The contracts of <c>tests/vectors/contracts</c>, worked by hand.</summary>
public sealed class ContractVectorTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "vectors", "contracts");

    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Folder, "*.yml").Order(StringComparer.Ordinal).Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_contract_comes_to_what_it_was_by_hand(string file)
    {
        var vector = Load(file);
        using var run = Prepare(vector);

        // In any order: they are priced in the order of time.
        var lines = await PriceAsync(run, vector.Requests.AsEnumerable().Reverse(), "--until", vector.Until);

        Assert.Equal(vector.Requests.Select(Text), lines.Where(line => Is(line, "request")).Select(RequestText));
        Assert.Equal(vector.Periods.Select(Text), lines.Where(line => Is(line, "period")).Select(PeriodText));
        Assert.Equal(vector.Invoices.Select(Text), lines.Where(line => Is(line, "invoice")).Select(InvoiceText));
        Assert.All(
            lines.Where(line => Is(line, "invoice")),
            invoice =>
            {
                Assert.False((bool)invoice["open"]!);
                Assert.Equal(Number(invoice["invoice_usd"]), invoice["lines"]!.AsArray().Sum(line => Number(line!["usd"])));
                var figures = Number(invoice["billed_usd"]) - Number(invoice["credits_usd"]) + Number(invoice["periods_usd"]);
                Assert.Equal(Number(invoice["invoice_usd"]), figures);
            }
        );
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Wherever_it_is_cut_in_two_with_a_state_between_it_comes_to_the_same(string file)
    {
        var vector = Load(file);
        for (var cut = 0; cut <= vector.Requests.Count; cut++)
        {
            using var run = Prepare(vector);

            var first = await PriceAsync(run, vector.Requests.Take(cut), "--state", "state.json");
            var second = await PriceAsync(run, vector.Requests.Skip(cut), "--state", "state.json", "--until", vector.Until);

            var closed = first.Where(line => Is(line, "invoice") && !(bool)line["open"]!).Concat(second.Where(line => Is(line, "invoice")));
            Assert.Equal(vector.Invoices.Select(Text), closed.Select(InvoiceText));
            var both = first.Concat(second).ToList();
            Assert.Equal(vector.Requests.Select(Text), both.Where(line => Is(line, "request")).Select(RequestText));
            Assert.Equal(vector.Periods.Select(Text), both.Where(line => Is(line, "period")).Select(PeriodText));
        }
    }

    private static CliRun Prepare(Vector vector)
    {
        var run = new CliRun();
        run.Write(vector.Prices, "prices", "prices.yml");
        run.Write(vector.Contract, "contract.yml");
        return run;
    }

    private static async Task<List<JsonNode>> PriceAsync(CliRun run, IEnumerable<Request> requests, params string[] more)
    {
        run.Input = string.Concat(
            requests.Select(request =>
                $$$"""{"id":"{{{request.Id}}}","provider":"openai","api":"chat","model":"{{{request.Model}}}","at":"{{{request.At}}}","usage":{"prompt_tokens":{{{request.PromptTokens}}},"completion_tokens":{{{request.CompletionTokens}}}}}"""
                + "\n"
            )
        );
        var code = await run.RunAsync(["contracts", "price", "--contract", "contract.yml", "--usage", "-", "--prices", "prices", .. more]);
        Assert.True(code == ExitCode.Ok, run.Error + run.Written);
        Assert.Equal("", run.Error);
        return [.. run.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    private static bool Is(JsonNode line, string type) => (string?)line["type"] == type;

    private static string Text(Request request) =>
        $"{request.Id}: {request.List} {request.Contracted} {request.Effective} {request.Billed} {request.Credits}";

    private static string RequestText(JsonNode line)
    {
        Assert.Equal(Number(line["billed_usd"]) - Number(line["credits_usd"]), Number(line["marginal_usd"]));
        return $"{line["id"]}: {line["list_usd"]} {line["contracted_usd"]} {line["effective_usd"]} {line["billed_usd"]} {line["credits_usd"]}";
    }

    private static string Text(Period period) => $"{period.Kind} {period.Id} {period.Start} {period.End}: {period.Billed} {period.Unused}";

    private static string PeriodText(JsonNode line) =>
        $"{line["kind"]} {line["id"]} {Day(line["start"])} {Day(line["end"])}: {line["billed_usd"]} {line["unused_usd"]}";

    private static string Text(Invoice invoice) =>
        $"{invoice.Start}: {invoice.Usd} = {string.Join(" ", invoice.Lines.Select(line => $"[{line.Key} {line.Value}]"))}";

    private static string InvoiceText(JsonNode line) =>
        $"{Day(line["start"])}: {line["invoice_usd"]} = "
        + string.Join(" ", line["lines"]!.AsArray().Select(part => $"[{part!["kind"]} {part["id"]} {part["usd"]}]"));

    private static string Day(JsonNode? time) => ((string)time!).Replace("T00:00:00Z", "", StringComparison.Ordinal);

    private static decimal Number(JsonNode? text) => decimal.Parse((string)text!, CultureInfo.InvariantCulture);

    private static Vector Load(string file) =>
        new DeserializerBuilder()
            .WithNamingConvention(YamlDotNet.Serialization.NamingConventions.UnderscoredNamingConvention.Instance)
            .Build()
            .Deserialize<Vector>(File.ReadAllText(Path.Combine(Folder, file)));

    private static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    public sealed class Vector
    {
        public string Prices { get; set; } = "";

        public string Contract { get; set; } = "";

        public string Until { get; set; } = "";

        public List<Request> Requests { get; set; } = [];

        public List<Period> Periods { get; set; } = [];

        public List<Invoice> Invoices { get; set; } = [];
    }

    public sealed class Request
    {
        public string Id { get; set; } = "";

        public string At { get; set; } = "";

        public string Model { get; set; } = "";

        public long PromptTokens { get; set; }

        public long CompletionTokens { get; set; }

        public string List { get; set; } = "";

        public string Contracted { get; set; } = "";

        public string Effective { get; set; } = "";

        public string Billed { get; set; } = "";

        public string Credits { get; set; } = "";
    }

    public sealed class Period
    {
        public string Kind { get; set; } = "";

        public string Id { get; set; } = "";

        public string Start { get; set; } = "";

        public string End { get; set; } = "";

        public string Billed { get; set; } = "";

        public string Unused { get; set; } = "";
    }

    public sealed class Invoice
    {
        public string Start { get; set; } = "";

        [YamlMember(Alias = "invoice", ApplyNamingConventions = false)]
        public string Usd { get; set; } = "";

        public Dictionary<string, string> Lines { get; set; } = [];
    }
}
