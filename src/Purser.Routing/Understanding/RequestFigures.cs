namespace Purser.Routing.Understanding;

/// <summary>Who says something.</summary>
internal enum Speaker
{
    /// <summary>Not told: a bare text, which is the user's.</summary>
    Unknown,
    User,
    Assistant,
    System,
    Tool,
}

/// <summary>What the walk over a body counts, and where it found the texts that are looked at closer. Used again for the next request.</summary>
internal sealed class RequestFigures
{
    private readonly Turn message = new();
    private int resultsBefore;

    /// <summary>Where the system's texts stand, and what clients put into the user's turns themselves.</summary>
    public Turn System { get; } = new();

    /// <summary>Where the last thing that the user said stands.</summary>
    public Turn LastUser { get; } = new();

    /// <summary>The message that is being read.</summary>
    public Turn Message => message;

    /// <summary>Who says it.</summary>
    public Speaker Speaker { get; set; }

    public int BodyBytes { get; private set; }
    public long UserBytes { get; private set; }
    public long AssistantBytes { get; private set; }
    public long ResultBytes { get; private set; }
    public long ToolBytes { get; set; }
    public long CallBytes { get; set; }
    public long SchemaBytes { get; set; }
    public int UserTurns { get; private set; }
    public int AssistantTurns { get; private set; }
    public int Tools { get; set; }
    public int AgentTools { get; set; }
    public int ToolResults { get; set; }
    public int ToolCalls { get; set; }
    public int Images { get; set; }
    public int Files { get; set; }

    /// <summary>The most output tokens that the client allows; 0 where it sets no limit.</summary>
    public long OutputLimit { get; set; }
    public bool AsksThinking { get; set; }
    public bool AsksJson { get; set; }
    public bool ForcesTool { get; set; }

    /// <summary>Whether the last message is a tool's result, with nothing said after it.</summary>
    public bool EndsOnResult { get; private set; }

    /// <summary>Whether the body isn't JSON to its end; what stood before is counted.</summary>
    public bool IsCut { get; set; }

    /// <summary>Begins anew.</summary>
    public void Begin(int bodyBytes)
    {
        message.Clear();
        System.Clear();
        LastUser.Clear();
        Speaker = Speaker.Unknown;
        BodyBytes = bodyBytes;
        (UserBytes, AssistantBytes, ResultBytes, ToolBytes, CallBytes, SchemaBytes) = (0, 0, 0, 0, 0, 0);
        (UserTurns, AssistantTurns, Tools, AgentTools, ToolResults, ToolCalls, Images, Files) = (0, 0, 0, 0, 0, 0, 0, 0);
        OutputLimit = 0;
        resultsBefore = 0;
        (AsksThinking, AsksJson, ForcesTool, EndsOnResult, IsCut) = (false, false, false, false, false);
    }

    /// <summary>The message that was read has ended: its texts go to whom they belong.</summary>
    /// <param name="body">The body that the places are in.</param>
    public void EndMessage(ReadOnlySpan<byte> body)
    {
        switch (Speaker)
        {
            case Speaker.System:
                AddAll(System, TextKind.Said);
                break;
            case Speaker.Assistant:
                AssistantTurns++;
                AssistantBytes += message.SaidBytes;
                EndsOnResult = false;
                break;
            case Speaker.Tool:
                message.TurnIntoResults(0, 0);
                ToolResults += ToolResults == resultsBefore ? 1 : 0;
                EndsOnResult = true;
                break;
            default:
                EndUser(body);
                break;
        }
        ResultBytes += message.ResultBytes;
        resultsBefore = ToolResults;
        message.Clear();
        Speaker = Speaker.Unknown;
    }

    private void EndUser(ReadOnlySpan<byte> body)
    {
        var isSaid = false;
        var contextBytes = 0L;
        foreach (var place in message.Places)
        {
            if (place.Kind != TextKind.Said || place.Length == 0)
            {
                continue;
            }
            if (ClientContext.Is(body.Slice(place.Offset, place.Length), place.IsEscaped))
            {
                System.Add(place);
                contextBytes += place.Length;
                continue;
            }
            if (!isSaid)
            {
                isSaid = true;
                LastUser.Clear();
                UserTurns++;
            }
            LastUser.Add(place);
        }
        if (isSaid)
        {
            // Also of the places that weren't kept.
            LastUser.SaidBytes = message.SaidBytes - contextBytes;
        }
        UserBytes += message.SaidBytes - contextBytes;
        EndsOnResult = !isSaid && (ToolResults > resultsBefore || EndsOnResult);
    }

    private void AddAll(Turn turn, TextKind kind)
    {
        foreach (var place in message.Places)
        {
            if (place.Kind == kind)
            {
                turn.Add(place);
            }
        }
    }
}
