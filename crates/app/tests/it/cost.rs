//! What a registry costs: sizes, what rules replicated, and what a change would save.

use longshore_app::api::{GetCost, GetWhatIf, PlanRequest, ProtectImage, WhatIfChange};

use crate::{
    steps::{create, make, push, put_rule, rule},
    support::{DEV, PROD, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_costs_what_it_stores_and_a_lifecycle_policy_says_what_it_would_save() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    create(&app, &dev, "app").await;
    create(&app, &dev, "empty").await;
    make(&app, put_rule(rule(&dev, &[&prod], &["app"]), &[&prod])).await;
    push(&app, &dev, "app", "1").await;
    push(&app, &dev, "app", "2").await;

    let asked = |prices: Option<&str>| GetCost {
        registry: dev.clone(),
        prices: prices.map(str::to_owned),
        days: 90,
        months: 2,
    };
    let view = app.cost(asked(None)).await.unwrap();
    let of = |name: &str| view.repositories.iter().find(|row| row.repository == name).unwrap();
    assert!(
        of("app").bytes > 0 && of("app").per_month > Some(0.0) && of("app").growth.is_none(),
        "{view:#?}"
    );
    assert_eq!((of("empty").bytes, of("empty").per_month), (0, Some(0.0)));
    assert_eq!(view.replicated.len(), 2, "two months of one repository and destination");
    let now = &view.replicated[1];
    assert_eq!(
        (now.images, now.bytes, now.transfer),
        (2, of("app").bytes, Some(0.0)),
        "within a Region it is free"
    );
    assert_eq!(view.replicated[0].bytes, 0);

    let mine = view.prices.text.replace("0.1", "null");
    assert_eq!(app.cost(asked(Some(&mine))).await.unwrap().per_month, None, "an unknown price is no zero");
    for wrong in ["{", r#"{"as_of":"2026-01-01","currency":"USD","every_region":{"storage":-1}}"#] {
        let error = app.cost(asked(Some(wrong))).await.unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.field.as_deref()),
            ("prices-invalid", Some("prices")),
            "{wrong}"
        );
    }

    let here = repository(&dev, "app");
    let what_if =
        |change: WhatIfChange, days: u32| GetWhatIf { repository: here.clone(), change, days, prices: None };
    let keep_one = r#"{"rules":[{"rulePriority":1,"description":"keep the newest image and delete all others",
        "selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;
    let policy = WhatIfChange::Lifecycle { text: keep_one.into() };
    let found = app.what_if_cost(what_if(policy.clone(), 0)).await.unwrap();
    assert_eq!((found.expired, found.archived, found.spared), (1, 0, 0));
    assert!(found.expired_bytes > 0 && found.after < found.before, "{found:?}");
    let protect = ProtectImage { repository: here.clone(), image: "1".into(), note: None, protect: true };
    app.protect_image(protect).await.unwrap();
    let found = app.what_if_cost(what_if(policy, 0)).await.unwrap();
    assert_eq!((found.expired, found.spared), (0, 1), "what is protected stays");
    let archive = WhatIfChange::Archive { not_pulled: 30 };
    assert_eq!(app.what_if_cost(what_if(archive.clone(), 0)).await.unwrap().archived, 0);
    let later = app.what_if_cost(what_if(archive, 31)).await.unwrap();
    assert_eq!((later.archived, later.spared), (1, 1));
    let wrong = WhatIfChange::Lifecycle { text: "{}".into() };
    assert_eq!(app.what_if_cost(what_if(wrong, 0)).await.unwrap_err().code, "lifecycle-refused");
    let unchanged =
        app.plan(PlanRequest::DeleteRepository { repository: here, with_images: true }).await.unwrap();
    assert!(!unchanged.steps.is_empty(), "nothing was done");
    close(&app).await;
}
