using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Cli.Api;
using Purser.Cli.Commands;
using Purser.Cli.Output;

namespace Purser.Cli.Demo;

/// <summary>
/// The demo against a running gateway: sets up an organization, lets its teams call, and shows who spent what, a budget that held,
/// and why one request cost what it did.
/// </summary>
internal sealed class DemoRun(CliContext context, AdminClient admin)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // The first of each that the gateway serves at a price is used.
    private static readonly string[] SmallModels = ["gpt-5-mini", "gpt-5.4-mini", "gpt-4.1-mini", "gpt-4o-mini"];
    private static readonly string[] LargeModels = ["gpt-5.2", "gpt-5.1", "gpt-5", "gpt-4.1", "gpt-4o"];
    private static readonly string[] HaikuModels = ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-haiku-5-5"];
    private static readonly string[] SonnetModels = ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "claude-sonnet-5"];

    /// <summary>Runs it, and writes what it shows.</summary>
    /// <exception cref="CliException">Something didn't go as it must: a demo that hides a failure would be worth nothing.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Step 1: the organization.
        var (done, mistakes) = await admin.ApplyAsync(DemoOrganization.Document, dryRun: false, cancellationToken);
        var keys = done?.Keys ?? throw CliException.Failed($"the gateway refused the demo's organization: {mistakes?.Message}");
        Heading("An organization with departments, teams, a project, keys and budgets");
        AccountTree.Write(
            context.Out,
            await admin.ListAsync<AccountView>("accounts", cancellationToken),
            await admin.ListAsync<BudgetView>("budgets", cancellationToken)
        );

        // Step 2: its teams at work, in both formats, streaming and not; and one team whose budget is too small for it.
        var loads = Loads(
            (await admin.ListAsync<ModelView>("models", cancellationToken))
                .Where(model => model.Priced)
                .Select(model => model.Id)
                .ToHashSet()
        );
        using var traffic = new DemoTraffic(admin.Gateway, keys.ToDictionary(key => key.Name, key => key.Key));
        var answers = await Terminal.WithProgressAsync(
            context,
            "teams at work",
            loads.Sum(load => load.Calls),
            step => traffic.RunAsync(loads, step, cancellationToken)
        );
        var unexpected = loads
            .Zip(answers)
            .Where(pair => pair.First.Key != DemoOrganization.TightKey)
            .SelectMany(pair => pair.Second)
            .Where(answer => answer.Status != 200)
            .ToList();
        if (unexpected.Count > 0)
        {
            throw CliException.Failed(
                $"{unexpected.Count} calls weren't answered; the first got {unexpected[0].Status}: {unexpected[0].Body}"
            );
        }

        // Step 3: what it came to.
        await WriteSpendAsync(cancellationToken);
        await WriteBudgetAsync(loads.Zip(answers).Last(pair => pair.First.Key == DemoOrganization.TightKey).Second, cancellationToken);
        await WriteExplanationAsync(answers[0], cancellationToken);
    }

    private static DemoLoad[] Loads(HashSet<string> served)
    {
        string Pick(string[] candidates) =>
            candidates.FirstOrDefault(served.Contains)
            ?? throw CliException.Failed($"the gateway serves none of {string.Join(", ", candidates)} at a price");
        var (small, large, haiku, sonnet) = (Pick(SmallModels), Pick(LargeModels), Pick(HaikuModels), Pick(SonnetModels));
        return
        [
            new("search-ranking", Anthropic: true, sonnet, Stream: true, 20, 4, SharedTokens: 2000, OwnTokens: 120, AnswerTokens: 300),
            new("search-ranking", Anthropic: false, small, Stream: false, 60, 8, SharedTokens: 1600, OwnTokens: 60, AnswerTokens: 80),
            new("platform-ci", Anthropic: false, large, Stream: true, 20, 4, SharedTokens: 2500, OwnTokens: 400, AnswerTokens: 400),
            new("platform-ci", Anthropic: true, haiku, Stream: false, 40, 8, SharedTokens: 600, OwnTokens: 200, AnswerTokens: 120),
            new("content-writer", Anthropic: true, haiku, Stream: true, 30, 6, SharedTokens: 1500, OwnTokens: 80, AnswerTokens: 500),
            new("content-writer", Anthropic: false, small, Stream: true, 30, 6, SharedTokens: 300, OwnTokens: 80, AnswerTokens: 600),
            // All at once: a gateway that checks first and counts later would let every one of them pass.
            new(
                DemoOrganization.TightKey,
                Anthropic: false,
                small,
                Stream: false,
                40,
                40,
                SharedTokens: 200,
                OwnTokens: 100,
                AnswerTokens: 400
            ),
        ];
    }

    private async Task WriteSpendAsync(CancellationToken cancellationToken)
    {
        Heading("Spend by team and model");
        var report = await admin.GetAsync<SpendView>("reports/spend?by=team,model", cancellationToken);
        ReportCommand.Write(context, report, ListingFormat.Table);
    }

    private async Task WriteBudgetAsync(IReadOnlyList<DemoAnswer> answers, CancellationToken cancellationToken)
    {
        var budgets = await admin.ListAsync<BudgetView>("budgets", cancellationToken);
        var budget = budgets.First(candidate => candidate.Scope.Path == DemoOrganization.TightTeam && candidate.Unit == "usd");
        var refused = answers.Where(answer => answer.Status is 402 or 429).ToList();
        var (limit, posted, pending) = (Exact(budget.Limit), Exact(budget.Posted), Exact(budget.Pending));
        Heading($"A budget that held: {DemoOrganization.TightTeam}, {answers.Count} calls at once");
        context.Out.WriteLine($"  limit     ${budget.Limit} a {budget.Window}");
        context.Out.WriteLine($"  spent     ${budget.Posted}");
        context.Out.WriteLine($"  reserved  ${budget.Pending}");
        context.Out.WriteLine($"  answered  {answers.Count(answer => answer.Status == 200)}");
        context.Out.WriteLine($"  refused   {refused.Count}");
        context.Out.WriteLine($"  spent ≤ limit, to the nano-dollar: {(posted <= limit ? "yes" : "NO")}");
        if (posted > limit || pending != 0 || refused.Count == 0 || answers.Any(answer => answer.Status is not (200 or 402 or 429)))
        {
            throw CliException.Failed("the budget did not behave as it must");
        }

        Heading("One of those refusals, as the client sees it");
        context.Out.WriteLine($"  HTTP {refused[0].Status}{(refused[0].RetryAfter is { } after ? $"   Retry-After: {after}" : "")}");
        context.Out.WriteLine(Indent(Pretty(refused[0].Body ?? "")));
    }

    private async Task WriteExplanationAsync(IReadOnlyList<DemoAnswer> answers, CancellationToken cancellationToken)
    {
        // A later one: by then the provider had the prompt's beginning in its cache.
        var id = answers[^1].RequestId ?? throw CliException.Failed("an answer has no x-purser-request-id");
        Heading($"Why one request cost what it did: ./purser explain {id}");
        Explanation.Write(context, await admin.GetAsync<JsonElement>($"requests/{Uri.EscapeDataString(id)}", cancellationToken));
    }

    private void Heading(string text)
    {
        context.Out.WriteLine();
        context.Out.WriteLine(text);
        context.Out.WriteLine(new string('─', Math.Min(text.Length, 100)));
    }

    private static decimal Exact(string? amount) =>
        decimal.Parse(amount ?? "0", NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static string Pretty(string body)
    {
        try
        {
            return JsonNode.Parse(body)?.ToJsonString(Indented) ?? body;
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private static string Indent(string text) => string.Join('\n', text.Split('\n').Select(line => "  " + line));
}
