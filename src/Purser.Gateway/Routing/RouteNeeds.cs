using Purser.Core.Ledger;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Routing;

/// <summary>What a request needs of a model beside abilities.</summary>
/// <param name="IsSensitive">Whether it may go to models alone that are marked for it.</param>
/// <param name="Language">Its language, as <see cref="RequestLanguage"/> names it; null where that doesn't matter or can't be told.</param>
internal readonly record struct RouteNeeds(bool IsSensitive, string? Language)
{
    /// <summary>Whether a subject's requests are sensitive.</summary>
    public static bool AreSensitive(Subject subject, SensitiveRequests? sensitive, ControlSnapshot control) =>
        sensitive is not null
        && (
            subject.Tags.Any(tag => sensitive.Tags.Contains($"{tag.Key}={tag.Value}"))
            || sensitive.Accounts.Any(name =>
                control.Accounts.Resolve(name) is { } marked && subject.Accounts.Any(account => account.Id == marked.Id)
            )
        );

    /// <summary>Why a model may not have the request, in words; null where it may.</summary>
    /// <param name="model">What is said of it; null for nothing.</param>
    public string? Fault(RoutingModel? model) =>
        IsSensitive && model?.TakesSensitive != true ? "the request is sensitive, and it isn't marked for such"
        : Language is { } language && model is { Languages: [_, ..] languages } && !languages.Contains(language)
            ? $"the request is in '{language}', and it's for {string.Join(", ", languages)}"
        : null;
}
