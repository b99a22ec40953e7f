using System.Text.Json;
using Purser.Core.Ledger;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Evaluations;

/// <summary>What the gateway asks for itself.</summary>
internal enum EvaluationKind : byte
{
    /// <summary>What a client asked for, of another model.</summary>
    Shadow = 1,

    /// <summary>Which of two answers is better; that of the model that is compared with the reference is the first.</summary>
    Judge = 2,

    /// <summary>The same with the answers swapped.</summary>
    JudgeSwapped = 3,
}

/// <summary>A call of the gateway's own, about a request of a client's.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Of">The client's request.</param>
/// <param name="Model">The model that is asked, by a name of the catalogue.</param>
/// <param name="Provider">The one provider that it may go to; null for any.</param>
internal sealed record EvaluationCall(EvaluationKind Kind, Guid Of, string Model, string? Provider)
{
    /// <summary>The record's name in an event's detail.</summary>
    public const string Member = "evaluation";

    /// <summary>All kinds, in the order in which they are made.</summary>
    public static IReadOnlyList<EvaluationKind> Kinds { get; } = [EvaluationKind.Shadow, EvaluationKind.Judge, EvaluationKind.JudgeSwapped];

    /// <summary>Why the two answers aren't judged, though they were drawn to be; null where that isn't so.</summary>
    public string? NotJudged { get; init; }

    /// <summary>The call's own id in the ledger.</summary>
    public Guid Id => IdOf(Of, Kind);

    /// <summary>
    /// The id of a call about a request: the request's, but for the version, which no client's request has, and the kind. So whoever has one finds the
    /// others.
    /// </summary>
    public static Guid IdOf(Guid request, EvaluationKind kind)
    {
        Span<byte> bytes = stackalloc byte[16];
        request.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[15] ^= (byte)kind;
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>How a kind is spelt.</summary>
    public static string NameOf(EvaluationKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    /// <summary>Writes it as a member of an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject(Member);
        json.WriteString("kind", NameOf(Kind));
        json.WriteString("of", AttemptId.NameOf(Of));
        EventDetail.WriteOptional(json, "not_judged", NotJudged);
        json.WriteEndObject();
    }
}
