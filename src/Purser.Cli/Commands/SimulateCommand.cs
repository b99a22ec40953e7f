using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Hosting;

namespace Purser.Cli.Commands;

/// <summary><c>purser simulate</c>: stand-ins for the providers' APIs, for tests that cost nothing.</summary>
internal static class SimulateCommand
{
    /// <summary>Where the simulator listens unless told otherwise.</summary>
    public const string DefaultAddress = "http://127.0.0.1:4200";

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var listen = ListenOption();
        var seed = SeedOption();
        var latency = LatencyOption();
        var fault = FaultOption();
        var record = RecordOption();
        var (billAfterCancel, thinking, tokenLifetime) = (BillAfterCancelOption(), ThinkingOption(), TokenLifetimeOption());
        var refusesWebSocket = RefusesWebSocketOption();
        var (awsKey, batchAfter) = (AwsKeyOption(), BatchAfterOption());
        var skills = SimulateTrafficCommand.SkillsOption();
        var command = new Command(
            "simulate",
            "Run stand-ins for the APIs of OpenAI, Azure, Anthropic, Gemini, Vertex, Bedrock, Ollama and Cohere."
        )
        {
            listen,
            seed,
            latency,
            fault,
            record,
            billAfterCancel,
            thinking,
            tokenLifetime,
            awsKey,
            batchAfter,
            refusesWebSocket,
            skills,
        };
        command.Subcommands.Add(SimulateTrafficCommand.Create(context));
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new LocalSimulatorOptions(
                    AdminOptions.ReadAddress(parsed.GetRequiredValue(listen), "--listen"),
                    parsed.GetValue(seed),
                    parsed.GetValue(latency),
                    parsed.GetValue(fault),
                    parsed.GetValue(record) is { } path ? context.FullPath(path) : null,
                    ReadBillAfterCancel(parsed, billAfterCancel),
                    parsed.GetValue(thinking),
                    parsed.GetValue(tokenLifetime),
                    parsed.GetValue(awsKey),
                    parsed.GetValue(batchAfter),
                    parsed.GetValue(refusesWebSocket),
                    SimulateTrafficCommand.ReadSkills(context, parsed.GetValue(skills))
                );
                await RunAsync(context, options, cancellationToken);
                return ExitCode.Ok;
            }
        );
        return command;
    }

    /// <summary><c>--bill-after-cancel [K|all]</c>.</summary>
    public static Option<string?> BillAfterCancelOption() =>
        new("--bill-after-cancel")
        {
            Description = "Bill so many more tokens after the client left; the whole answer where no number is given",
            HelpName = "tokens|all",
            Arity = ArgumentArity.ZeroOrOne,
        };

    /// <summary><c>--think N[,ping=DURATION]</c>.</summary>
    public static Option<string?> ThinkingOption() =>
        new("--think")
        {
            Description = "How many tokens models that reason think, showing nothing of it (docs/simulator.md)",
            HelpName = "tokens[,ping=1s]",
        };

    /// <summary><c>--token-lifetime SECONDS</c>.</summary>
    private static Option<int?> TokenLifetimeOption() =>
        new("--token-lifetime")
        {
            Description = "How many seconds the access tokens of POST /token are good; 3600 unless told otherwise",
            HelpName = "seconds",
        };

    /// <summary><c>--batch-after SECONDS</c>.</summary>
    private static Option<int?> BatchAfterOption() =>
        new("--batch-after")
        {
            Description = "How many seconds a batch waits before its requests run; 1 unless told otherwise",
            HelpName = "seconds",
        };

    /// <summary><c>--aws-key ID:SECRET</c>.</summary>
    private static Option<string?> AwsKeyOption() =>
        new("--aws-key")
        {
            Description = "The AWS key pair whose signatures are verified; without it, their form is checked",
            HelpName = "id:secret",
        };

    /// <summary>What <c>--bill-after-cancel</c> says; null where it isn't given.</summary>
    public static string? ReadBillAfterCancel(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) ?? "all" : null;

    private static Option<string> ListenOption() =>
        new("--listen")
        {
            Description = "Where to listen",
            HelpName = "url",
            DefaultValueFactory = _ => DefaultAddress,
        };

    private static Option<long> SeedOption() =>
        new("--seed") { Description = "What the answers are drawn from: equal seeds, equal answers", DefaultValueFactory = _ => 1 };

    private static Option<string?> LatencyOption() =>
        new("--latency") { Description = "How slow it is: a profile (docs/simulator.md)", HelpName = "profile" };

    private static Option<string?> FaultOption() =>
        new("--fault") { Description = "What goes wrong, and how often (docs/simulator.md)", HelpName = "spec" };

    private static Option<string?> RecordOption() =>
        new("--record") { Description = "The file that it writes what it served and billed to", HelpName = "file" };

    private static Option<bool> RefusesWebSocketOption() =>
        new("--no-websocket") { Description = "Refuse OpenAI's responses over a WebSocket with 426, so that clients fall back" };

    private static async Task RunAsync(CliContext context, LocalSimulatorOptions options, CancellationToken cancellationToken)
    {
        await using var simulator = await LocalSimulator.StartAsync(options, cancellationToken);
        var address = simulator.Address.GetLeftPart(UriPartial.Authority);
        context.Out.WriteLine($"The simulator listens on {address}. In purser.yml:");
        context.Out.WriteLine("  providers:");
        context.Out.WriteLine($"    - {{ name: openai, api: openai, base_url: {address}/v1, api_key: sk-simulated }}");
        context.Out.WriteLine($"    - {{ name: anthropic, api: anthropic, base_url: {address}, api_key: sk-simulated }}");
        context.Out.WriteLine(
            $"Other providers: {address} for Gemini, Vertex, Bedrock, Ollama and Cohere, {address}/openai for Azure (docs/simulator.md)"
        );
        context.Out.WriteLine($"What it served and billed: {address}/simulator/records");
        context.Out.Flush();
        await UpCommand.UntilStoppedAsync(cancellationToken);
    }
}
