using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Gateway.Pipeline;
using Purser.Providers;
using Purser.Providers.Translation;
using Purser.Routing.Checks;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>A request as the checks of its answer see it, in any client's format. Nothing of it outlives the exchange.</summary>
internal sealed class CheckedRequest
{
    // What a turn is known again by: of a longer one its beginning.
    private const int LongestTurn = 16_384;

    // Only a call that is repeated at once is looked at.
    private const int LastOutcomes = 2;

    private readonly FormatTranslator translator;
    private readonly AnswerContext context;

    private CheckedRequest(FormatTranslator translator, CanonicalRequest request, AnswerContext context, bool canReadStreams)
    {
        (this.translator, this.context, CanReadStreams) = (translator, context, canReadStreams);
        var turns = request.Messages.Where(message => message.Role is CanonicalRole.User or CanonicalRole.Assistant).ToList();
        Messages = turns.Count;
        IsContinued = turns is [.., { Role: CanonicalRole.Assistant }];
        HasStops = request.StopSequences.Count > 0;
        Demand = DemandOf(request);
        LastTurn = turns is [.., { Role: CanonicalRole.User } last] ? TextOf(last.Parts) : "";
        HasResults = turns is [.., { Role: CanonicalRole.User } latest] && latest.Parts.Any(part => part is ToolResultPart);
        Outcomes = HasResults ? OutcomesOf(turns) : [];
    }

    /// <summary>What is asked of the answer.</summary>
    public AnswerDemand Demand { get; }

    /// <summary>How many turns there are.</summary>
    public int Messages { get; }

    /// <summary>All that the last turn says, a user's or what tools gave back to which calls; empty where it's the model's own.</summary>
    public string LastTurn { get; }

    /// <summary>Whether the last turn has what tools gave back.</summary>
    public bool HasResults { get; }

    /// <summary>The last calls of tools with their results, where the answer goes on from these.</summary>
    public IReadOnlyList<ToolOutcome> Outcomes { get; }

    /// <summary>Whether a stream of the client's format can be read again.</summary>
    public bool CanReadStreams { get; }

    /// <summary>Whether the answer goes on with text that the client wrote.</summary>
    private bool IsContinued { get; }

    /// <summary>Whether the client's own stop sequences may end the answer anywhere.</summary>
    private bool HasStops { get; }

    /// <summary>Reads an exchange's request; null where its format isn't translated, so that nothing is known of its answers.</summary>
    public static CheckedRequest? Read(Exchange exchange, RequestFacts facts)
    {
        // Only some of InvokeModel's bodies are Claude's.
        if (exchange.Format == ProviderCatalog.Invoke || FormatTranslators.Find(exchange.Format.TranslatedAs) is not { } translator)
        {
            return null;
        }

        var read = translator.ReadRequest(exchange.Body.Written, new PathFacts(facts.Model, facts.Stream, facts.StreamIsArray));
        return read.Request is { } request
            ? new CheckedRequest(
                translator,
                request,
                new AnswerContext(request, "checked", exchange.StartedAt.ToUnixTimeSeconds()),
                facts is { Stream: true, StreamIsArray: false }
            )
            : null;
    }

    /// <summary>Which of some checks say something of this request's answers.</summary>
    public AnswerChecks Of(AnswerChecks checks)
    {
        checks = HasStops ? checks & ~(AnswerChecks.Schema | AnswerChecks.Empty) : checks;
        return IsContinued ? checks & ~(AnswerChecks.Schema | AnswerChecks.Empty | AnswerChecks.Truncation) : checks;
    }

    /// <summary>Reads a whole answer in the client's format; null where it can't be.</summary>
    public IReadOnlyList<CheckedChoice>? ReadAnswer(ReadOnlyMemory<byte> body) =>
        translator.ReadResponse(body, context).Response is { } response ? [.. response.Choices.Select(ChoiceOf)] : null;

    /// <summary>Reads a stream in the client's format.</summary>
    public CanonicalStreamReader ReadStream() => translator.CreateStreamReader(context);

    /// <summary>Why a choice stopped, as checks see it.</summary>
    public static AnswerStop StopOf(StopReason stop) =>
        stop switch
        {
            StopReason.Length or StopReason.ContextWindow => AnswerStop.Limit,
            StopReason.Refusal => AnswerStop.Refusal,
            StopReason.Pause => AnswerStop.Pause,
            _ => AnswerStop.Done,
        };

    private static CheckedChoice ChoiceOf(CanonicalChoice choice) =>
        new(
            string.Concat(choice.Parts.OfType<TextPart>().Select(part => part.Text)),
            [.. choice.Parts.OfType<ToolCallPart>().Select(call => new CheckedCall(call.Name, call.Arguments, call.IsFreeform))],
            StopOf(choice.Stop),
            choice.Parts.Any(part => part is RefusalPart),
            choice.Parts.Any(part => part is OpaquePart or MediaPart)
        );

    private static AnswerDemand DemandOf(CanonicalRequest request)
    {
        var tools = new Dictionary<string, JsonElement?>(StringComparer.Ordinal);
        foreach (var tool in request.Tools)
        {
            var form = tool.Kind == ToolKind.Function ? tool.Parameters : null;
            tools[tool.Name] = form;
            if (tool.Group is { } group)
            {
                tools[group.FlatName] = tools[group.OwnName] = form;
            }
        }

        return new AnswerDemand(
            request.OutputForm is not null,
            request.OutputForm?.Schema,
            tools,
            // What the provider stored may have tools of its own.
            request.StoredState
                is not null
                || request.Tools.Any(tool => tool.Kind == ToolKind.Vendor),
            request.ToolChoice?.Kind is ToolChoiceKind.Required or ToolChoiceKind.Named,
            request.MaxOutputTokens is not null
        );
    }

    private static string TextOf(IEnumerable<CanonicalPart> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            _ = part switch
            {
                TextPart said => text.Append(said.Text),
                // Another call may give back the same, and where the client sends new turns alone nothing else tells them apart.
                ToolResultPart result => text.Append(result.CallId).Append('\n').Append(TextOf(result.Parts)),
                // The same question about another picture is another question.
                MediaPart media => text.Append(NameOf(media)),
                _ => text,
            };
            text.Append('\n');
            if (text.Length > LongestTurn)
            {
                break;
            }
        }

        return text.Length > LongestTurn ? text.ToString(0, LongestTurn) : text.ToString();
    }

    private static string NameOf(MediaPart media)
    {
        var hash = new HashCode();
        hash.AddBytes(media.Base64.GetValueOrDefault().Span);
        return string.Create(CultureInfo.InvariantCulture, $"{media.Url} {media.FileId} {media.Text} {hash.ToHashCode()}");
    }

    private static List<ToolOutcome> OutcomesOf(List<CanonicalMessage> turns)
    {
        var results = new Dictionary<string, ToolResultPart>(StringComparer.Ordinal);
        var outcomes = new List<ToolOutcome>();
        for (var i = turns.Count - 1; i >= 0 && outcomes.Count < LastOutcomes; i--)
        {
            for (var j = turns[i].Parts.Count - 1; j >= 0 && outcomes.Count < LastOutcomes; j--)
            {
                if (turns[i].Parts[j] is ToolResultPart result)
                {
                    results.TryAdd(result.CallId, result);
                }
                else if (turns[i].Parts[j] is ToolCallPart call && results.TryGetValue(call.Id, out var own))
                {
                    outcomes.Insert(0, new ToolOutcome(call.Name, call.Arguments, TextOf(own.Parts), own.IsError));
                }
            }
        }

        return outcomes;
    }
}
