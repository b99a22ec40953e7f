using System.IO.Enumeration;

namespace Purser.Gateway.Configuration;

/// <summary>Which projects repositories belong to, as <c>purser.yml</c> has it. It names what was spent, and moves it out of no budget.</summary>
/// <param name="projects">Projects by patterns of repositories' names (<c>github.com/acme/*</c>), in which <c>*</c> is any text; case doesn't count.</param>
public sealed class RepositoryProjects(IReadOnlyDictionary<string, string> projects)
{
    // The longest pattern says most.
    private readonly KeyValuePair<string, string>[] patterns =
    [
        .. projects.OrderByDescending(pair => pair.Key.Length).ThenBy(pair => pair.Key, StringComparer.Ordinal),
    ];

    /// <summary>None.</summary>
    public static RepositoryProjects None { get; } = new(new Dictionary<string, string>());

    /// <summary>The project of the longest pattern that a repository fits; null where it fits none.</summary>
    /// <param name="repository">Its name: <see cref="Purser.Providers.Context.RepositoryName"/>.</param>
    public string? ProjectOf(string repository)
    {
        foreach (var (pattern, project) in patterns)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, repository, ignoreCase: true))
            {
                return project;
            }
        }

        return null;
    }
}
