using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser feedback REQUEST --good|--bad|--score N</c>: how good the answer to a request was, with the key that it was asked with.</summary>
internal static class FeedbackCommand
{
    private const string HowToGetAKey = "Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.";

    private static readonly IReadOnlyList<Column<FeedbackView>> Columns =
    [
        Column.Text<FeedbackView>("request_id", said => said.RequestId),
        Column.Flag<FeedbackView>("recorded", said => said.Recorded),
        Column.Flag<FeedbackView>("reason_kept", said => said.ReasonKept),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var request = new Argument<string>("request-id") { Description = "The request: req_…, in the answer's x-purser-request-id header" };
        var good = new Option<bool>("--good") { Description = "It was as good as asked" };
        var bad = new Option<bool>("--bad") { Description = "It wasn't" };
        var score = new Option<double?>("--score")
        {
            Description = "How good it was, from 0 (useless) to 1 (as good as asked)",
            HelpName = "n",
        };
        var reason = new Option<string?>("--reason")
        {
            Description = "Why, in one line; kept only where the gateway is set to keep reasons",
            HelpName = "text",
        };
        var id = new Option<string?>("--id") { Description = "Tells several sayings of one key about a request apart", HelpName = "id" };
        var key = new Option<string?>("--key") { Description = "Your own key (or PURSER_KEY)", HelpName = "key" };
        var url = new Option<string?>("--url", "--gateway")
        {
            Description = $"The gateway's address (or PURSER_URL; default {AdminOptions.DefaultGateway})",
            HelpName = "url",
        };
        var format = FormatOption.Create();
        var command = new Command("feedback", "Say how good the answer to a request was; no admin key is needed.")
        {
            request,
            good,
            bad,
            score,
            reason,
            id,
            key,
            url,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var said = new Said(
                    parsed.GetRequiredValue(request),
                    ScoreOf(parsed.GetValue(good), parsed.GetValue(bad), parsed.GetValue(score)),
                    parsed.GetValue(reason),
                    parsed.GetValue(id)
                );
                var address = parsed.GetValue(url) ?? context.Variable("PURSER_URL") ?? AdminOptions.DefaultGateway;
                using var client = AdminClient.ForClient(
                    AdminOptions.ReadAddress(address, "--url"),
                    AsksCommand.ReadKey(context, parsed.GetValue(key)),
                    HowToGetAKey
                );
                var answer = await client.SendAsync<FeedbackView>(HttpMethod.Post, "../feedback", said, cancellationToken);
                Write(context, answer, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void Write(CliContext context, FeedbackView answer, ListingFormat format)
    {
        new Listing<FeedbackView>(Columns, [answer]).Write(context, format);
        if (!answer.Recorded)
        {
            context.Error.WriteLine("Your key said so of this request before; what it said first stands. --id tells sayings apart.");
        }
    }

    private static double ScoreOf(bool good, bool bad, double? score) =>
        (good, bad, score) switch
        {
            (true, false, null) => 1,
            (false, true, null) => 0,
            (false, false, double said) when said is >= 0 and <= 1 => said,
            (false, false, double said) => throw CliException.Usage(
                $"--score is from 0 to 1, not {said.ToString(CultureInfo.InvariantCulture)}"
            ),
            _ => throw CliException.Usage("say one of --good, --bad and --score N"),
        };

    private sealed record Said(string RequestId, double Score, string? Reason, string? Id);

    private sealed record FeedbackView(string RequestId, bool Recorded, bool ReasonKept);
}
