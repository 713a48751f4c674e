using System.Globalization;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>What the list shows, as it stands in the address; every word is short and stable, since people keep such links.</summary>
public sealed record KeyListFilter
{
    /// <summary>How many rows a page may have; the first is what nobody chose.</summary>
    public static IReadOnlyList<int> RowChoices { get; } = [25, 50, 100];

    public string? Search { get; init; }

    public KeyStatus? Status { get; init; }

    public KeyEnvironment? Environment { get; init; }

    public KeyPermission? Permission { get; init; }

    public KeyKind? Kind { get; init; }

    public string? OwnerId { get; init; }

    public bool RotationDue { get; init; }

    public bool Unused { get; init; }

    /// <summary>Within <see cref="ApiKey.ExpiresSoonDays"/>.</summary>
    public bool ExpiresSoon { get; init; }

    public ApiKeySort Sort { get; init; } = ApiKeySort.Created;

    public bool Descending { get; init; } = true;

    /// <summary>1…</summary>
    public int Page { get; init; } = 1;

    /// <summary>Of a page; one of <see cref="RowChoices"/>.</summary>
    public int Rows { get; init; } = RowChoices[0];

    /// <summary>How many filters, without the search, are set.</summary>
    public int Count => new[] { Status is not null, Environment is not null, Permission is not null, Kind is not null, OwnerId is not null, RotationDue, Unused, ExpiresSoon }.Count(set => set);

    public bool Any => Count > 0 || !string.IsNullOrWhiteSpace(Search);

    /// <summary>Which keys are meant, whatever their order and the page.</summary>
    public KeyListFilter Selection => this with { Sort = ApiKeySort.Created, Descending = true, Page = 1, Rows = RowChoices[0] };

    /// <summary>Without search and filters, but as the viewer likes to see keys.</summary>
    public KeyListFilter All => new() { Sort = Sort, Descending = Descending, Rows = Rows };

    public ApiKeyQuery Query => new()
    {
        Search = Search,
        Status = Status,
        Environment = Environment,
        Permission = Permission,
        Kind = Kind,
        OwnerId = OwnerId,
        RotationDue = RotationDue,
        Unused = Unused,
        ExpiresSoon = ExpiresSoon,
        Sort = Sort,
        Descending = Descending,
        Skip = (Page - 1) * Rows,
        Take = Rows,
    };

    /// <summary>What a click on a column's heading leads to: first the order people want there, then the other.</summary>
    public KeyListFilter SortedBy(ApiKeySort sort)
        => this with { Sort = sort, Descending = Sort == sort ? !Descending : FirstDescending(sort), Page = 1 };

    /// <summary>Longer or shorter pages, at the one that has the first row of this.</summary>
    public KeyListFilter WithRows(int rows) => this with { Rows = rows, Page = ((Page - 1) * Rows / rows) + 1 };

    /// <summary>The query parameters; null removes one, so that the plain list has a plain address.</summary>
    public Dictionary<string, object?> ToQuery() => new()
    {
        ["q"] = string.IsNullOrWhiteSpace(Search) ? null : Search.Trim(),
        ["status"] = Status?.Code(),
        ["environment"] = Environment?.Code(),
        ["permission"] = Permission?.Code(),
        ["type"] = Kind?.Code(),
        ["owner"] = OwnerId,
        ["due"] = RotationDue ? "rotation" : null,
        ["unused"] = Unused ? "1" : null,
        ["expires"] = ExpiresSoon ? "soon" : null,
        ["sort"] = Sort == ApiKeySort.Created && Descending ? null : SortCode(Sort),
        ["order"] = Descending == FirstDescending(Sort) ? null : Descending ? "desc" : "asc",
        ["rows"] = Rows == RowChoices[0] ? null : Rows,
        ["page"] = Page > 1 ? Page : null,
    };

    /// <summary>Reads an address; what it does not understand it leaves out.</summary>
    public static KeyListFilter Parse(Func<string, string?> parameter)
    {
        var sort = Read(parameter("sort"), Enum.GetValues<ApiKeySort>(), SortCode) ?? ApiKeySort.Created;
        return new KeyListFilter
        {
            Search = parameter("q") is { Length: > 0 } text ? text : null,
            Status = Read(parameter("status"), Enum.GetValues<KeyStatus>(), KeyTraits.Code),
            Environment = Read(parameter("environment"), Enum.GetValues<KeyEnvironment>(), KeyTraits.Code),
            Permission = Read(parameter("permission"), Enum.GetValues<KeyPermission>(), KeyTraits.Code),
            Kind = Read(parameter("type"), Enum.GetValues<KeyKind>(), KeyTraits.Code),
            OwnerId = parameter("owner") is { Length: > 0 } owner ? owner : null,
            RotationDue = parameter("due") == "rotation",
            Unused = parameter("unused") is { Length: > 0 },
            ExpiresSoon = parameter("expires") == "soon",
            Sort = sort,
            Descending = parameter("order") switch
            {
                "desc" => true,
                "asc" => false,
                _ => FirstDescending(sort),
            },
            Page = int.TryParse(parameter("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is > 1 and < 1_000_000 ? page : 1,
            Rows = RowChoices.FirstOrDefault(rows => rows.ToString(CultureInfo.InvariantCulture) == parameter("rows"), RowChoices[0]),
        };
    }

    private static bool FirstDescending(ApiKeySort sort) => sort is ApiKeySort.Created or ApiKeySort.LastUsed;

    private static string SortCode(ApiKeySort sort) => sort switch
    {
        ApiKeySort.Name => "name",
        ApiKeySort.LastUsed => "used",
        ApiKeySort.Expires => "expires",
        ApiKeySort.Status => "status",
        _ => "created",
    };

    private static T? Read<T>(string? text, T[] values, Func<T, string> code)
        where T : struct, Enum
    {
        foreach (var value in values)
        {
            if (code(value) == text)
            {
                return value;
            }
        }

        return null;
    }
}
