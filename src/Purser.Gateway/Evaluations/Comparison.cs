namespace Purser.Gateway.Evaluations;

/// <summary>A request whose client has its answer, and what is asked about it then. It's held in memory for as long as that takes, and nowhere else.</summary>
/// <param name="Request">The request's id.</param>
/// <param name="Asked">What was asked.</param>
/// <param name="Answer">What the client got.</param>
/// <param name="MediaType">The media type of that.</param>
/// <param name="Served">The model that answered.</param>
/// <param name="Other">The model that is asked in shadow.</param>
/// <param name="OtherIsReference">Whether that one is the reference, and the one that answered is compared with it; else it's the other way round.</param>
/// <param name="Regions">How the regions begin that the request may go to; empty for any.</param>
/// <param name="IsJudged">Whether the two answers are drawn to be compared.</param>
internal sealed record Comparison(
    Guid Request,
    AskedRequest Asked,
    byte[] Answer,
    string? MediaType,
    ComparedModel Served,
    ComparedModel Other,
    bool OtherIsReference,
    IReadOnlyList<string> Regions,
    bool IsJudged
)
{
    /// <summary>The model that is compared with the reference.</summary>
    public ComparedModel Compared => OtherIsReference ? Served : Other;
}

/// <summary>One of the two models.</summary>
/// <param name="Name">The name that the configuration or the request has for it.</param>
/// <param name="Provider">Where it's asked.</param>
/// <param name="Model">What it's called there.</param>
internal sealed record ComparedModel(string Name, string Provider, string Model);
